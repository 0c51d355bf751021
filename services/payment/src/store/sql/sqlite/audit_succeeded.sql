SELECT id FROM operation
WHERE state = 'SUCCEEDED' AND reported = 0 AND updated_at < ?1 ->> 'before' AND id > unhex(?1 ->> 'after')
ORDER BY id
LIMIT 1000
