SELECT DISTINCT order_id AS id
FROM payment
WHERE order_id IS NOT NULL AND order_id > coalesce(nullif($1::jsonb ->> 'after', '')::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY order_id
LIMIT ($1::jsonb ->> 'limit')::bigint
