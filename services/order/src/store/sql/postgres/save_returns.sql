INSERT INTO returns (return_id, order_id, channel_id, channel_code, owner, external_ref, state, version, placed_at, created_at, updated_at,
                     snapshot)
SELECT x.return_id, x.order_id, x.channel_id, x.channel_code, x.owner, x.external_ref, x.state, x.version, x.placed_at, x.created_at,
       x.updated_at, decode(x.snapshot, 'hex')
FROM jsonb_to_recordset($1::jsonb)
  AS x(return_id uuid, order_id uuid, channel_id uuid, channel_code text, owner text, external_ref text, state bigint, version bigint,
       placed_at bigint, created_at bigint, updated_at bigint, snapshot text)
ORDER BY x.return_id
ON CONFLICT (return_id) DO UPDATE SET
  state = excluded.state, version = excluded.version, updated_at = excluded.updated_at, snapshot = excluded.snapshot
