SELECT return_id, owner, version, snapshot
FROM returns
WHERE order_id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb))
ORDER BY return_id
