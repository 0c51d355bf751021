SELECT order_id, state, revision, currency, total, captured, refunded, customer_ref, external_ref, snapshot
FROM orders
WHERE order_id > unhex(?1 ->> 'after')
ORDER BY order_id
LIMIT ?1 ->> 'limit'
