-- each
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.owner = unhex(:owner) AND hold.create_key = :create_key
