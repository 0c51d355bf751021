UPDATE workflow
SET status = 'LIVE', due_at = min(due_at, created_at), woken = woken + 1, attempt = 0, waiting_on = NULL,
    updated_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER)
WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND status <> 'DONE'
RETURNING id
