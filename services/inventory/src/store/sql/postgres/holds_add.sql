INSERT INTO inventory_hold (
    hold_id, owner, create_key, channel_id, state, expires_at, fulfillment, version, created_at, updated_at
)
SELECT
    (hold.value ->> 'hold_id')::uuid,
    (hold.value ->> 'owner')::uuid,
    hold.value ->> 'create_key',
    (hold.value ->> 'channel_id')::uuid,
    hold.value ->> 'state',
    hold.value ->> 'expires_at',
    NULL,
    hold.value ->> 'version',
    hold.value ->> 'created_at',
    hold.value ->> 'updated_at'
FROM jsonb_array_elements($1::jsonb) AS hold
