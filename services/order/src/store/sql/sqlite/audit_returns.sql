SELECT order_id, snapshot
FROM returns
WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))
ORDER BY order_id, return_id
