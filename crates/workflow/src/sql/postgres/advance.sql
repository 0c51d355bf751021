UPDATE workflow
SET step = member.value ->> 'step',
    state = member.value ->> 'state',
    due_at = member.value ->> 'due_at',
    waiting_on = member.value ->> 'waiting_on',
    attempt = 0,
    last_error = NULL,
    updated_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM jsonb_array_elements($1::jsonb) AS member
WHERE workflow.id = (member.value ->> 'id')::uuid
  AND workflow.fence = member.value ->> 'fence'
  AND workflow.status = 'LIVE'
RETURNING workflow.id AS id
