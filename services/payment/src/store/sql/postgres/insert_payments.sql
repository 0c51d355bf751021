WITH new AS (
    SELECT
        (value ->> 0)::uuid AS id,
        value ->> 1 AS kind,
        (value ->> 2)::uuid AS order_id,
        (value ->> 3)::uuid AS credit_id,
        (value ->> 4)::uuid AS channel_id,
        value ->> 5 AS owner,
        value ->> 6 AS currency,
        (value ->> 7)::bigint AS amount,
        value ->> 8 AS state,
        value ->> 9 AS token,
        value ->> 10 AS provider,
        value ->> 11 AS create_key,
        (value ->> 12)::bigint AS version,
        (value ->> 13)::bigint AS event_version,
        (value ->> 14)::bigint AS created_at,
        value ->> 15 AS flow
    FROM jsonb_array_elements($1::jsonb)
)
INSERT INTO payment (
    id, kind, order_id, credit_id, channel_id, owner, currency, amount, state, token, provider, create_key, version,
    event_version, created_at, authorize_pending, authorized, authorized_excess, capture_pending, captured,
    void_pending, voided, captured_excess, refund_pending, refunded, refunded_excess, credit_pending, credited,
    credited_excess, decline_code, updated_at, flow
)
SELECT
    id, kind, order_id, credit_id, channel_id, owner, currency, amount, state, token, provider, create_key, version,
    event_version, created_at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', created_at, flow
FROM new
ORDER BY create_key
