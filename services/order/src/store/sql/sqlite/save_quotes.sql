INSERT INTO quotes (quote_id, owner, staff, expires_at, created_at, snapshot)
SELECT unhex(value ->> 'quote_id'), value ->> 'owner', value ->> 'staff', value ->> 'expires_at', value ->> 'created_at',
       unhex(value ->> 'snapshot')
FROM json_each(?1)
