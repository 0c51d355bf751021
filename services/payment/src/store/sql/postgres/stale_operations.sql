SELECT id
FROM operation
WHERE state = 'PENDING' AND created_at < ($1::jsonb #>> '{}')::bigint AND workflow_id IS NULL
ORDER BY created_at
LIMIT 1000
