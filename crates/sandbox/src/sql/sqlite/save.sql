WITH new AS (
    SELECT
        value ->> 0 AS id, value ->> 1 AS position, value ->> 2 AS kind, value ->> 3 AS reference, value ->> 4 AS parent,
        value ->> 5 AS token, value ->> 6 AS amount, value ->> 7 AS currency, value ->> 8 AS state, value ->> 9 AS code,
        value ->> 10 AS captured, value ->> 11 AS voided, value ->> 12 AS refunded, value ->> 13 AS created_at,
        value ->> 14 AS effective_at, value ->> 15 AS action_until
    FROM json_each(?1)
)
INSERT INTO operation (
    id, position, kind, reference, parent, token, amount, currency, state, code, captured, voided, refunded,
    created_at, effective_at, action_until
)
SELECT
    id, position, kind, reference, parent, token, amount, currency, state, code, captured, voided, refunded,
    created_at, effective_at, action_until
FROM new
WHERE true
ON CONFLICT (id) DO UPDATE SET
    position = excluded.position, state = excluded.state, code = excluded.code, captured = excluded.captured,
    voided = excluded.voided, refunded = excluded.refunded, effective_at = excluded.effective_at
