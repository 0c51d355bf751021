-- In the order of their names: two batches that make the same hold wait for one another in that order alone.
INSERT INTO inventory_hold (
    hold_id, owner, create_key, channel_id, state, expires_at, fulfillment, version, created_at, updated_at
)
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, NULL, hold.version,
    hold.created_at, hold.updated_at
FROM jsonb_to_recordset($1::jsonb) AS hold (
    hold_id uuid, owner uuid, create_key text, channel_id uuid, state text, expires_at bigint, version bigint,
    created_at bigint, updated_at bigint
)
ORDER BY hold.owner, hold.create_key
