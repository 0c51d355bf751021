-- ?1: {subjects, orders}: these returns, and those of these orders, each with its order.
SELECT returns.return_id, returns.order_id, returns.version, returns.snapshot, orders.snapshot AS ordered
FROM returns
JOIN orders ON orders.order_id = returns.order_id
WHERE returns.return_id IN (SELECT unhex(value) FROM json_each(?1, '$.subjects'))
   OR returns.order_id IN (SELECT unhex(value) FROM json_each(?1, '$.orders'))
ORDER BY returns.return_id
