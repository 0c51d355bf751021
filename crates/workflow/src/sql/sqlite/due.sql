SELECT id, due_at - (?1 ->> 'now') AS wait FROM workflow
WHERE status = 'LIVE' AND due_at <= (?1 ->> 'now') + (?1 ->> 'ahead') AND runner = unhex(?1 ->> 'runner')
ORDER BY due_at LIMIT ?1 ->> 'limit'
