SELECT order_id, state, revision, currency, total, captured, refunded, customer_ref, external_ref, snapshot
FROM orders
WHERE order_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY order_id
