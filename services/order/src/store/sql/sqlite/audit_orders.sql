SELECT order_id, snapshot
FROM orders
WHERE order_id > unhex(?1 ->> 'after')
ORDER BY order_id
LIMIT ?1 ->> 'limit'
