INSERT INTO orders (order_id, channel_id, channel_code, owner, customer_ref, external_ref, quote_id, state, revision, currency, total,
                    captured, refunded, placed_at, created_at, updated_at, action_uri, snapshot)
SELECT x.order_id, x.channel_id, x.channel_code, x.owner, x.customer_ref, x.external_ref, x.quote_id, x.state, x.revision, x.currency,
       x.total, x.captured, x.refunded, x.placed_at, x.created_at, x.updated_at, x.action_uri, decode(x.snapshot, 'hex')
FROM jsonb_to_recordset($1::jsonb)
  AS x(order_id uuid, channel_id uuid, channel_code text, owner text, customer_ref text, external_ref text, quote_id uuid, state bigint,
       revision bigint, currency text, total bigint, captured bigint, refunded bigint, placed_at bigint, created_at bigint,
       updated_at bigint, action_uri text, snapshot text)
ORDER BY x.order_id
ON CONFLICT (order_id) DO UPDATE SET
  state = excluded.state, revision = excluded.revision, captured = excluded.captured, refunded = excluded.refunded,
  updated_at = excluded.updated_at, action_uri = excluded.action_uri, snapshot = excluded.snapshot
