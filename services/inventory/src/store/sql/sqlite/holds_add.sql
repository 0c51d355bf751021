INSERT INTO inventory_hold (
    hold_id, owner, create_key, channel_id, state, expires_at, fulfillment, version, created_at, updated_at
)
SELECT
    unhex(hold.value ->> 'hold_id'),
    unhex(hold.value ->> 'owner'),
    hold.value ->> 'create_key',
    unhex(hold.value ->> 'channel_id'),
    hold.value ->> 'state',
    hold.value ->> 'expires_at',
    NULL,
    hold.value ->> 'version',
    hold.value ->> 'created_at',
    hold.value ->> 'updated_at'
FROM json_each(?1) AS hold
