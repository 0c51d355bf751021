-- A row that holds neither was inserted by this very transaction.
SELECT
    stored.scope,
    stored.method,
    stored.request_id,
    stored.fingerprint,
    stored.contract,
    stored.resource,
    stored.refusal
FROM jsonb_to_recordset($1::jsonb) AS key (scope text, method text, request_id text)
JOIN stoa_idempotency AS stored
    ON stored.scope = key.scope AND stored.method = key.method AND stored.request_id = key.request_id
WHERE stored.resource IS NOT NULL OR stored.refusal IS NOT NULL
