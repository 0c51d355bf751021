DELETE FROM stoa_idempotency
WHERE (scope, method, request_id) IN (
    SELECT scope, method, request_id
    FROM stoa_idempotency
    WHERE created_at < ($1::jsonb ->> 'before')::bigint
    ORDER BY created_at
    LIMIT ($1::jsonb ->> 'most')::bigint
)
