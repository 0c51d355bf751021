SELECT quote_id, owner, staff, expires_at, used_by, snapshot
FROM quotes
WHERE quote_id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb))
ORDER BY quote_id
