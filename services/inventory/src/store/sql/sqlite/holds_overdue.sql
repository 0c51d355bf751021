-- ?1: {now, skus}: the holds whose time is over that keep units of these skus. Few are over at any time, and SQLite would
-- rather read all holds in the order that is asked for.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold INDEXED BY inventory_hold_by_expiry
WHERE hold.state = 'HELD'
    AND hold.expires_at IS NOT NULL
    AND hold.expires_at <= ?1 ->> 'now'
    AND EXISTS (
        SELECT 1
        FROM inventory_hold_line AS line
        WHERE line.hold_id = hold.hold_id AND line.sku IN (SELECT value FROM json_each(?1, '$.skus'))
    )
ORDER BY hold.hold_id
