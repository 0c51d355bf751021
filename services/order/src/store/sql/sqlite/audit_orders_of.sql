SELECT order_id, state, revision, currency, total, captured, refunded, customer_ref, external_ref, snapshot
FROM orders
WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))
ORDER BY order_id
