SELECT DISTINCT credit_id AS id
FROM payment
WHERE credit_id IS NOT NULL AND credit_id > coalesce(nullif($1::jsonb ->> 'after', '')::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY credit_id
LIMIT ($1::jsonb ->> 'limit')::bigint
