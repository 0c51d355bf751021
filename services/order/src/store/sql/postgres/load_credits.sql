SELECT credit_id, version, snapshot
FROM credits
WHERE credit_id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb))
ORDER BY credit_id
