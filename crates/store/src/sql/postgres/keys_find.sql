-- A row that holds neither was inserted by this very transaction.
SELECT
    stored.scope,
    stored.method,
    stored.request_id,
    stored.fingerprint,
    stored.contract,
    stored.resource,
    stored.refusal
FROM jsonb_array_elements($1::jsonb) AS key
JOIN stoa_idempotency AS stored
    ON stored.scope = key.value ->> 'scope'
    AND stored.method = key.value ->> 'method'
    AND stored.request_id = key.value ->> 'request_id'
WHERE stored.resource IS NOT NULL OR stored.refusal IS NOT NULL
