DELETE FROM workflow
WHERE id IN (SELECT w.id FROM workflow AS w
             WHERE w.id < ($1::jsonb ->> 'cutoff')::uuid AND w.status = 'DONE'
               AND w.finished_at < ($1::jsonb ->> 'before')::bigint
             ORDER BY w.id LIMIT ($1::jsonb ->> 'limit')::bigint
             FOR UPDATE SKIP LOCKED)
