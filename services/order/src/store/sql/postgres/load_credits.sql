SELECT credit_id, version, snapshot
FROM credits
WHERE credit_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY credit_id
