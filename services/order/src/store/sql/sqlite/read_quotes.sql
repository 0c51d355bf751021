SELECT quote_id, owner, staff, expires_at, used_by, snapshot
FROM quotes
WHERE quote_id IN (SELECT unhex(value) FROM json_each(?1))
ORDER BY quote_id
