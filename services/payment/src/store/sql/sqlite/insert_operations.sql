WITH new AS (
    SELECT
        value ->> 0 AS id, value ->> 1 AS payment_id, value ->> 2 AS kind, value ->> 3 AS state,
        value ->> 4 AS amount, value ->> 5 AS create_key, value ->> 6 AS target, value ->> 7 AS provider_id,
        value ->> 8 AS failure_code, value ->> 9 AS attempts, value ->> 10 AS first_sent_at,
        value ->> 11 AS last_sent_at, value ->> 12 AS abandoned, value ->> 13 AS late, value ->> 14 AS workflow_id,
        value ->> 15 AS actor, value ->> 16 AS correlation_id, value ->> 17 AS traceparent,
        value ->> 18 AS created_at, value ->> 19 AS updated_at, value ->> 20 AS reported
    FROM json_each(?1)
)
INSERT INTO operation (
    id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
    last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at,
    reported
)
SELECT
    unhex(id), unhex(payment_id), kind, state, amount, create_key, unhex(target), provider_id, failure_code,
    attempts, first_sent_at, last_sent_at, abandoned, late, unhex(workflow_id), actor, unhex(correlation_id),
    traceparent, created_at, updated_at, reported
FROM new
