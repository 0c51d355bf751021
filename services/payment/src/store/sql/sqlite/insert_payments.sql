-- each
INSERT INTO payment (
    id, kind, order_id, credit_id, channel_id, owner, currency, amount, state, token, provider, create_key, version,
    event_version, created_at, authorize_pending, authorized, authorized_excess, capture_pending, captured,
    void_pending, voided, captured_excess, refund_pending, refunded, refunded_excess, credit_pending, credited,
    credited_excess, decline_code, updated_at, flow
)
VALUES (
    unhex(?1), ?2, unhex(?3), unhex(?4), unhex(?5), ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, '', ?15, ?16
)
