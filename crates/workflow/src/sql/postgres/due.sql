SELECT id, due_at FROM workflow
WHERE status = 'LIVE' AND due_at <= $1::jsonb ->> 'until' AND runner = ($1::jsonb ->> 'runner')::uuid
ORDER BY due_at LIMIT $1::jsonb ->> 'limit'
