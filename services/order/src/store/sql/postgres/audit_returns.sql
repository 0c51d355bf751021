SELECT order_id, snapshot
FROM returns
WHERE order_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY order_id, return_id
