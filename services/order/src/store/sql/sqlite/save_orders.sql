INSERT INTO orders (order_id, channel_id, channel_code, owner, customer_ref, external_ref, quote_id, state, revision, currency, total,
                    captured, refunded, placed_at, created_at, updated_at, action_uri, snapshot)
SELECT unhex(value ->> 'order_id'), unhex(value ->> 'channel_id'), value ->> 'channel_code', value ->> 'owner', value ->> 'customer_ref',
       value ->> 'external_ref', unhex(value ->> 'quote_id'), value ->> 'state', value ->> 'revision', value ->> 'currency',
       value ->> 'total', value ->> 'captured', value ->> 'refunded', value ->> 'placed_at', value ->> 'created_at',
       value ->> 'updated_at', value ->> 'action_uri', unhex(value ->> 'snapshot')
FROM json_each(?1)
WHERE true
ON CONFLICT (order_id) DO UPDATE SET
  state = excluded.state, revision = excluded.revision, captured = excluded.captured, refunded = excluded.refunded,
  updated_at = excluded.updated_at, action_uri = excluded.action_uri, snapshot = excluded.snapshot
