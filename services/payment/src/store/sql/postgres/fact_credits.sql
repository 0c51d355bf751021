SELECT DISTINCT credit_id AS id
FROM payment
WHERE credit_id IS NOT NULL AND credit_id > ($1::jsonb ->> 'after')::uuid
ORDER BY credit_id
LIMIT $1::jsonb ->> 'limit'
