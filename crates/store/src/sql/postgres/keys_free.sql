DELETE FROM stoa_idempotency
WHERE (scope, method, request_id) IN (
    SELECT
        key.value ->> 'scope',
        key.value ->> 'method',
        key.value ->> 'request_id'
    FROM jsonb_array_elements($1::jsonb) AS key
)
