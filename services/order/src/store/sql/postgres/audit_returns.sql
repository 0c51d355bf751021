SELECT order_id, snapshot
FROM returns
WHERE order_id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb))
ORDER BY order_id, return_id
