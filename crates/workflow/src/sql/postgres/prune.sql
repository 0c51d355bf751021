DELETE FROM workflow
WHERE id IN (SELECT id FROM workflow
             WHERE id < ($1::jsonb ->> 'cutoff')::uuid AND status = 'DONE' AND finished_at < $1::jsonb ->> 'before'
             ORDER BY id LIMIT $1::jsonb ->> 'limit')
