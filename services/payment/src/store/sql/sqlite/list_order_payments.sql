SELECT id, kind, order_id, credit_id, channel_id, owner, currency, amount,
       authorize_pending, authorized, authorized_excess, capture_pending, captured, void_pending, voided,
       captured_excess, refund_pending, refunded, refunded_excess, credit_pending, credited, credited_excess,
       token, provider, decline_code, create_key, version, event_version, created_at, updated_at,
       flow, action_kind, action_uri, action_until
FROM payment
WHERE id < unhex(?1 ->> 'before')
  AND order_id = unhex(?1 ->> 'order_id')
  AND (?1 ->> 'state' IS NULL OR state = ?1 ->> 'state')
ORDER BY id DESC
LIMIT ?1 ->> 'limit'
