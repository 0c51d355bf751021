SELECT order_id, owner, snapshot
FROM orders
WHERE order_id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb))
ORDER BY order_id
