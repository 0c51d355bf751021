-- Returns behind one of them, each with its order.
SELECT returns.return_id, returns.order_id, returns.version, returns.snapshot, orders.snapshot AS ordered
FROM returns
JOIN orders ON orders.order_id = returns.order_id
WHERE returns.return_id > unhex(?1 ->> 'after')
ORDER BY returns.return_id
LIMIT ?1 ->> 'limit'
