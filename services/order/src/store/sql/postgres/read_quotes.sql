SELECT quote_id, owner, staff, expires_at, used_by, snapshot
FROM quotes
WHERE quote_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY quote_id
