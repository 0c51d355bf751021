SELECT order_id, owner, action_uri, snapshot
FROM orders
WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))
ORDER BY order_id
