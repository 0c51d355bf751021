INSERT INTO credits (credit_id, channel_id, channel_code, external_ref, state, version, placed_at, created_at, updated_at, snapshot)
SELECT x.credit_id, x.channel_id, x.channel_code, x.external_ref, x.state, x.version, x.placed_at, x.created_at, x.updated_at,
       decode(x.snapshot, 'hex')
FROM jsonb_to_recordset($1::jsonb)
  AS x(credit_id uuid, channel_id uuid, channel_code text, external_ref text, state bigint, version bigint, placed_at bigint,
       created_at bigint, updated_at bigint, snapshot text)
ORDER BY x.credit_id
ON CONFLICT (credit_id) DO UPDATE SET
  state = excluded.state, version = excluded.version, updated_at = excluded.updated_at, snapshot = excluded.snapshot
