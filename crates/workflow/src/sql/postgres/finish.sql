UPDATE workflow
SET status = 'DONE',
    state = 'null',          -- done work needs none, and it may hold a secret
    waiting_on = NULL,
    last_error = NULL,
    updated_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    finished_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM jsonb_array_elements($1::jsonb) AS member
WHERE workflow.id = (member.value ->> 'id')::uuid
  AND workflow.fence = member.value ->> 'fence'
  AND workflow.status = 'LIVE'
RETURNING workflow.id AS id
