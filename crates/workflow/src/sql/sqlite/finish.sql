UPDATE workflow
SET status = 'DONE',
    state = 'null',          -- done work needs none, and it may hold a secret
    waiting_on = NULL,
    last_error = NULL,
    updated_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER),
    finished_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
FROM json_each(?1) AS member
WHERE workflow.id = unhex(member.value ->> 'id')
  AND workflow.fence = member.value ->> 'fence'
  AND workflow.status = 'LIVE'
RETURNING workflow.id AS id
