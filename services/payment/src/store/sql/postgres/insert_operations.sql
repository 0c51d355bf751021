WITH new AS (
    SELECT
        (value ->> 0)::uuid AS id,
        (value ->> 1)::uuid AS payment_id,
        value ->> 2 AS kind,
        value ->> 3 AS state,
        (value ->> 4)::bigint AS amount,
        value ->> 5 AS create_key,
        (value ->> 6)::uuid AS target,
        value ->> 7 AS provider_id,
        value ->> 8 AS failure_code,
        (value ->> 9)::bigint AS attempts,
        (value ->> 10)::bigint AS first_sent_at,
        (value ->> 11)::bigint AS last_sent_at,
        (value ->> 12)::boolean::int::bigint AS abandoned,
        (value ->> 13)::boolean::int::bigint AS late,
        (value ->> 14)::uuid AS workflow_id,
        value ->> 15 AS actor,
        (value ->> 16)::uuid AS correlation_id,
        value ->> 17 AS traceparent,
        (value ->> 18)::bigint AS created_at,
        (value ->> 19)::bigint AS updated_at,
        (value ->> 20)::boolean::int::bigint AS reported
    FROM jsonb_array_elements($1::jsonb)
)
INSERT INTO operation (
    id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
    last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
)
SELECT
    id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
    last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
FROM new
ORDER BY create_key
