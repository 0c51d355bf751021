INSERT INTO returns (return_id, order_id, channel_id, channel_code, owner, external_ref, state, version, placed_at, created_at, updated_at,
                     snapshot)
SELECT (value ->> 'return_id')::uuid, (value ->> 'order_id')::uuid, (value ->> 'channel_id')::uuid, value ->> 'channel_code', value ->> 'owner',
       value ->> 'external_ref', value ->> 'state', value ->> 'version', value ->> 'placed_at', value ->> 'created_at',
       value ->> 'updated_at', (value ->> 'snapshot')::uuid
FROM jsonb_array_elements($1::jsonb)
WHERE true
ON CONFLICT (return_id) DO UPDATE SET
  state = excluded.state, version = excluded.version, updated_at = excluded.updated_at, snapshot = excluded.snapshot
