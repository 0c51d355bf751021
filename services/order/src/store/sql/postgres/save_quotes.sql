INSERT INTO quotes (quote_id, owner, staff, expires_at, created_at, snapshot)
SELECT x.quote_id, x.owner, x.staff, x.expires_at, x.created_at, decode(x.snapshot, 'hex')
FROM jsonb_to_recordset($1::jsonb)
  AS x(quote_id uuid, owner text, staff bigint, expires_at bigint, created_at bigint, snapshot text)
