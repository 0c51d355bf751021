WITH new AS (
    SELECT
        value ->> 0 AS id, value ->> 1 AS kind, value ->> 2 AS order_id, value ->> 3 AS credit_id,
        value ->> 4 AS channel_id, value ->> 5 AS owner, value ->> 6 AS currency, value ->> 7 AS amount,
        value ->> 8 AS state, value ->> 9 AS token, value ->> 10 AS provider, value ->> 11 AS create_key,
        value ->> 12 AS version, value ->> 13 AS event_version, value ->> 14 AS created_at
    FROM jsonb_array_elements($1::jsonb)
)
INSERT INTO payment (
    id, kind, order_id, credit_id, channel_id, owner, currency, amount, state, token, provider, create_key, version,
    event_version, created_at, authorize_pending, authorized, authorized_excess, capture_pending, captured,
    void_pending, voided, captured_excess, refund_pending, refunded, refunded_excess, credit_pending, credited,
    credited_excess, decline_code, updated_at
)
SELECT
    (id)::uuid, kind, (order_id)::uuid, (credit_id)::uuid, (channel_id)::uuid, owner, currency, amount, state, token,
    provider, create_key, version, event_version, created_at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', created_at
FROM new
