DELETE FROM stoa_idempotency
WHERE (scope, method, request_id) IN (
    SELECT
        key.value ->> 'scope',
        key.value ->> 'method',
        key.value ->> 'request_id'
    FROM json_each(?1) AS key
)
