SELECT order_id, state, revision, currency, total, captured, refunded, customer_ref, external_ref, snapshot
FROM orders
WHERE order_id > ($1::jsonb ->> 'after')::uuid
ORDER BY order_id
LIMIT $1::jsonb ->> 'limit'
