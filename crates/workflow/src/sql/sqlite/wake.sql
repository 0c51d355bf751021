UPDATE workflow
SET due_at = min(due_at, created_at),
    woken = woken + 1,
    waiting_on = NULL
WHERE status = 'LIVE'
  AND id IN (SELECT id FROM workflow WHERE subject IN (SELECT value FROM json_each(?1))
             UNION
             SELECT id FROM workflow WHERE waiting_on IN (SELECT value FROM json_each(?1)))
