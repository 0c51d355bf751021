-- Waits for the transaction of another that holds one of these keys, and leaves the key to it if it commits.
INSERT INTO stoa_idempotency (scope, method, request_id, fingerprint, contract, created_at)
SELECT
    key.scope,
    key.method,
    key.request_id,
    decode(key.fingerprint, 'hex'),
    decode(key.contract, 'hex'),
    key.created_at
FROM jsonb_to_recordset($1::jsonb) AS key (
    scope text, method text, request_id text, fingerprint text, contract text, created_at bigint
)
ON CONFLICT DO NOTHING
