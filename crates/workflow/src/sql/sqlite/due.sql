SELECT id, due_at FROM workflow
WHERE status = 'LIVE' AND due_at <= ?1 ->> 'until' AND runner = unhex(?1 ->> 'runner')
ORDER BY due_at LIMIT ?1 ->> 'limit'
