UPDATE workflow
SET due_at = least(due_at, created_at),
    woken = woken + 1,
    waiting_on = NULL
WHERE status = 'LIVE'
  AND id IN (SELECT id FROM workflow WHERE subject IN (SELECT value FROM jsonb_array_elements($1::jsonb))
             UNION
             SELECT id FROM workflow WHERE waiting_on IN (SELECT value FROM jsonb_array_elements($1::jsonb)))
