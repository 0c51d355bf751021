SELECT id FROM operation
WHERE state = 'SUCCEEDED' AND updated_at < $1::jsonb ->> 'before' AND id > ($1::jsonb ->> 'after')::uuid
ORDER BY id
LIMIT 1000
