UPDATE workflow
SET status = member.value ->> 'status',
    due_at = CASE WHEN workflow.woken > member.value ->> 'woken' THEN min(workflow.due_at, member.value ->> 'due_at')
                  ELSE member.value ->> 'due_at' END,
    waiting_on = CASE WHEN workflow.woken > member.value ->> 'woken' THEN NULL ELSE member.value ->> 'waiting_on' END,
    attempt = member.value ->> 'attempt',
    last_error = member.value ->> 'last_error',
    updated_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
FROM json_each(?1) AS member
WHERE workflow.id = unhex(member.value ->> 'id')
  AND workflow.fence = member.value ->> 'fence'
  AND workflow.status = 'LIVE'
RETURNING workflow.id AS id, workflow.due_at - (?1 -> 0 ->> 'now') AS wait
