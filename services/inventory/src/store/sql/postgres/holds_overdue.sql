-- $1: {now, skus}: the holds whose time is over that keep units of these skus.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.state = 'HELD'
    AND hold.expires_at IS NOT NULL
    AND hold.expires_at <= $1::jsonb ->> 'now'
    AND EXISTS (
        SELECT 1
        FROM inventory_hold_line AS line
        WHERE line.hold_id = hold.hold_id AND line.sku IN (SELECT value FROM jsonb_array_elements($1::jsonb -> 'skus'))
    )
ORDER BY hold.hold_id
