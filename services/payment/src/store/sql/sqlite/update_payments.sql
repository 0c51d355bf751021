WITH new AS (
    SELECT
        value ->> 0 AS id, value ->> 1 AS state, value ->> 2 AS authorize_pending, value ->> 3 AS authorized,
        value ->> 4 AS authorized_excess, value ->> 5 AS capture_pending, value ->> 6 AS captured,
        value ->> 7 AS void_pending, value ->> 8 AS voided, value ->> 9 AS captured_excess,
        value ->> 10 AS refund_pending, value ->> 11 AS refunded, value ->> 12 AS refunded_excess,
        value ->> 13 AS credit_pending, value ->> 14 AS credited, value ->> 15 AS credited_excess,
        value ->> 16 AS token, value ->> 17 AS decline_code, value ->> 18 AS version, value ->> 19 AS event_version,
        value ->> 20 AS updated_at, value ->> 21 AS action_kind, value ->> 22 AS action_uri,
        value ->> 23 AS action_until
    FROM json_each(?1)
)
UPDATE payment
SET
    state = new.state, authorize_pending = new.authorize_pending, authorized = new.authorized,
    authorized_excess = new.authorized_excess, capture_pending = new.capture_pending, captured = new.captured,
    void_pending = new.void_pending, voided = new.voided, captured_excess = new.captured_excess,
    refund_pending = new.refund_pending, refunded = new.refunded, refunded_excess = new.refunded_excess,
    credit_pending = new.credit_pending, credited = new.credited, credited_excess = new.credited_excess,
    token = new.token, decline_code = new.decline_code, version = new.version, event_version = new.event_version,
    updated_at = new.updated_at, action_kind = new.action_kind, action_uri = new.action_uri,
    action_until = new.action_until
FROM new
WHERE payment.id = unhex(new.id)
