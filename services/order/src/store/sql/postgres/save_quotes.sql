INSERT INTO quotes (quote_id, owner, staff, expires_at, created_at, snapshot)
SELECT (value ->> 'quote_id')::uuid, value ->> 'owner', value ->> 'staff', value ->> 'expires_at', value ->> 'created_at',
       (value ->> 'snapshot')::uuid
FROM jsonb_array_elements($1::jsonb)
