-- each
INSERT INTO orders (order_id, channel_id, channel_code, owner, customer_ref, external_ref, quote_id, state, revision, currency, total,
                    captured, refunded, placed_at, created_at, updated_at, action_uri, snapshot)
VALUES (
    unhex(:order_id), unhex(:channel_id), :channel_code, :owner, :customer_ref,
       :external_ref, unhex(:quote_id), :state, :revision, :currency,
       :total, :captured, :refunded, :placed_at, :created_at,
       :updated_at, :action_uri, unhex(:snapshot)
)
ON CONFLICT (order_id) DO UPDATE SET
  state = excluded.state, revision = excluded.revision, captured = excluded.captured, refunded = excluded.refunded,
  updated_at = excluded.updated_at, action_uri = excluded.action_uri, snapshot = excluded.snapshot
