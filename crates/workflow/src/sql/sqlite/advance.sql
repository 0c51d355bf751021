-- each
UPDATE workflow
SET step = :step,
    state = :state,
    due_at = min(due_at, created_at),
    waiting_on = :waiting_on,
    attempt = 0,
    last_error = NULL,
    updated_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
WHERE workflow.id = unhex(:id)
  AND workflow.fence = :fence
  AND workflow.status = 'LIVE'
RETURNING workflow.id AS id
