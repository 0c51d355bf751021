UPDATE workflow
SET step = member.value ->> 'step',
    state = member.value ->> 'state',
    due_at = min(due_at, created_at),
    waiting_on = member.value ->> 'waiting_on',
    attempt = 0,
    last_error = NULL,
    updated_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
FROM json_each(?1) AS member
WHERE workflow.id = unhex(member.value ->> 'id')
  AND workflow.fence = member.value ->> 'fence'
  AND workflow.status = 'LIVE'
RETURNING workflow.id AS id
