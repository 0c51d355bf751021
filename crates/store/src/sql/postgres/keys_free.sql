DELETE FROM stoa_idempotency AS stored
USING jsonb_to_recordset($1::jsonb) AS key (scope text, method text, request_id text)
WHERE stored.scope = key.scope AND stored.method = key.method AND stored.request_id = key.request_id
