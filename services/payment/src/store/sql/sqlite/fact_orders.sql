SELECT DISTINCT order_id AS id
FROM payment
WHERE order_id IS NOT NULL AND order_id > unhex(?1 ->> 'after')
ORDER BY order_id
LIMIT ?1 ->> 'limit'
