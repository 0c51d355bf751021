INSERT INTO stoa_idempotency (scope, method, request_id, fingerprint, contract, created_at)
SELECT
    key.value ->> 'scope',
    key.value ->> 'method',
    key.value ->> 'request_id',
    (key.value ->> 'fingerprint')::uuid,
    (key.value ->> 'contract')::uuid,
    key.value ->> 'created_at'
FROM jsonb_array_elements($1::jsonb) AS key
WHERE true
ON CONFLICT DO NOTHING
