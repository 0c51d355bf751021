INSERT INTO orders (order_id, channel_id, channel_code, owner, customer_ref, external_ref, quote_id, state, revision, currency, total,
                    captured, refunded, placed_at, created_at, updated_at, snapshot)
SELECT (value ->> 'order_id')::uuid, (value ->> 'channel_id')::uuid, value ->> 'channel_code', value ->> 'owner', value ->> 'customer_ref',
       value ->> 'external_ref', (value ->> 'quote_id')::uuid, value ->> 'state', value ->> 'revision', value ->> 'currency',
       value ->> 'total', value ->> 'captured', value ->> 'refunded', value ->> 'placed_at', value ->> 'created_at',
       value ->> 'updated_at', (value ->> 'snapshot')::uuid
FROM jsonb_array_elements($1::jsonb)
WHERE true
ON CONFLICT (order_id) DO UPDATE SET
  state = excluded.state, revision = excluded.revision, captured = excluded.captured, refunded = excluded.refunded,
  updated_at = excluded.updated_at, snapshot = excluded.snapshot
