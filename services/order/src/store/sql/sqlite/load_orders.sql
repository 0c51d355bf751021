SELECT order_id, owner, snapshot
FROM orders
WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))
ORDER BY order_id
