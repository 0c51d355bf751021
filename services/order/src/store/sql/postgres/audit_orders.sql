SELECT order_id, state, revision, currency, total, captured, refunded, customer_ref, external_ref, snapshot
FROM orders
WHERE order_id > coalesce(nullif($1::jsonb ->> 'after', '')::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY order_id
LIMIT ($1::jsonb ->> 'limit')::bigint
