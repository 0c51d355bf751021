SELECT DISTINCT order_id AS id
FROM payment
WHERE order_id IS NOT NULL AND order_id > ($1::jsonb ->> 'after')::uuid
ORDER BY order_id
LIMIT $1::jsonb ->> 'limit'
