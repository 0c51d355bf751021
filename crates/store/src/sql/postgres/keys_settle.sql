UPDATE stoa_idempotency AS stored
SET
    resource = key.value ->> 'resource',
    refusal = key.value ->> 'refusal'
FROM jsonb_array_elements($1::jsonb) AS key
WHERE stored.scope = key.value ->> 'scope'
    AND stored.method = key.value ->> 'method'
    AND stored.request_id = key.value ->> 'request_id'
