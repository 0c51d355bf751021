INSERT INTO returns (return_id, order_id, channel_id, channel_code, owner, external_ref, state, version, placed_at, created_at, updated_at,
                     snapshot)
SELECT unhex(value ->> 'return_id'), unhex(value ->> 'order_id'), unhex(value ->> 'channel_id'), value ->> 'channel_code', value ->> 'owner',
       value ->> 'external_ref', value ->> 'state', value ->> 'version', value ->> 'placed_at', value ->> 'created_at',
       value ->> 'updated_at', unhex(value ->> 'snapshot')
FROM json_each(?1)
WHERE true
ON CONFLICT (return_id) DO UPDATE SET
  state = excluded.state, version = excluded.version, updated_at = excluded.updated_at, snapshot = excluded.snapshot
