-- $1: {now, limit}: the holds whose time has been over for longest.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.state = 'HELD' AND hold.expires_at IS NOT NULL AND hold.expires_at <= $1::jsonb ->> 'now'
ORDER BY hold.expires_at
LIMIT $1::jsonb ->> 'limit'
