DELETE FROM workflow
WHERE id IN (SELECT id FROM workflow
             WHERE id < unhex(?1 ->> 'cutoff') AND status = 'DONE' AND finished_at < ?1 ->> 'before'
             ORDER BY id LIMIT ?1 ->> 'limit')
