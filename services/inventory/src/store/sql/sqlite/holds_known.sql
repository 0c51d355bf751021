-- ?1: [{owner, create_key}].
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM json_each(?1) AS wanted
CROSS JOIN inventory_hold AS hold
    ON hold.owner = unhex(wanted.value ->> 'owner') AND hold.create_key = wanted.value ->> 'create_key'
