INSERT INTO request_key (key, operation, fingerprint, created_at)
SELECT value ->> 'key', value ->> 'operation', unhex(value ->> 'fingerprint'), value ->> 'created_at'
FROM json_each(?1)
WHERE true
ON CONFLICT (key) DO UPDATE SET
    operation = excluded.operation, fingerprint = excluded.fingerprint, created_at = excluded.created_at
