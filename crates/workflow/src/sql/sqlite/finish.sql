-- each
UPDATE workflow
SET status = 'DONE',
    state = 'null',          -- done work needs none, and it may hold a secret
    waiting_on = NULL,
    last_error = NULL,
    updated_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER),
    finished_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
WHERE workflow.id = unhex(:id)
  AND workflow.fence = :fence
  AND workflow.status = 'LIVE'
RETURNING workflow.id AS id
