-- What the index of what is open says of its rows is said again, so that SQLite uses it.
SELECT id
FROM operation
WHERE state = 'PENDING' AND state IN ('PENDING', 'UNKNOWN') AND created_at < ?1 ->> '$' AND workflow_id IS NULL
ORDER BY created_at
LIMIT 1000
