UPDATE workflow
SET status = member.value ->> 'status',
    due_at = CASE WHEN workflow.woken > member.value ->> 'woken' THEN least(workflow.due_at, member.value ->> 'due_at')
                  ELSE member.value ->> 'due_at' END,
    waiting_on = CASE WHEN workflow.woken > member.value ->> 'woken' THEN NULL ELSE member.value ->> 'waiting_on' END,
    attempt = member.value ->> 'attempt',
    last_error = member.value ->> 'last_error',
    updated_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM jsonb_array_elements($1::jsonb) AS member
WHERE workflow.id = (member.value ->> 'id')::uuid
  AND workflow.fence = member.value ->> 'fence'
  AND workflow.status = 'LIVE'
RETURNING workflow.id AS id, workflow.due_at AS due_at
