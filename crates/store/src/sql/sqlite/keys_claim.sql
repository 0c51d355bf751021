INSERT INTO stoa_idempotency (scope, method, request_id, fingerprint, contract, created_at)
SELECT
    key.value ->> 'scope',
    key.value ->> 'method',
    key.value ->> 'request_id',
    unhex(key.value ->> 'fingerprint'),
    unhex(key.value ->> 'contract'),
    key.value ->> 'created_at'
FROM json_each(?1) AS key
WHERE true
ON CONFLICT DO NOTHING
