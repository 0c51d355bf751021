-- $1: {now, skus}: the holds whose time is over that keep units of these skus. Locked by id. The lines are looked up hold by
-- hold (OFFSET 0 keeps the two tables from being joined): few holds are overdue, and of a hot sku there are many lines.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.state = 'HELD'
    AND hold.expires_at IS NOT NULL
    AND hold.expires_at <= ($1::jsonb ->> 'now')::bigint
    AND EXISTS (
        SELECT 1
        FROM inventory_hold_line AS line
        WHERE line.hold_id = hold.hold_id
            AND line.sku = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb -> 'skus')))
        OFFSET 0
    )
ORDER BY hold.hold_id
FOR UPDATE
