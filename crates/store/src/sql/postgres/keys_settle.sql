UPDATE stoa_idempotency AS stored
SET
    resource = key.resource,
    refusal = key.refusal
FROM jsonb_to_recordset($1::jsonb) AS key (scope text, method text, request_id text, resource text, refusal text)
WHERE stored.scope = key.scope AND stored.method = key.method AND stored.request_id = key.request_id
