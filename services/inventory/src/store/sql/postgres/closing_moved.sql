-- $1: places; those at which something was booked since their books were closed, with what it comes to.
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held,
    closing.seq AS closed_seq, closing.on_hand AS closed_on_hand, closing.allocated AS closed_allocated,
    closing.held AS closed_held, closing.seal AS seal,
    moved.on_hand_moved, moved.allocated_moved, moved.held_moved, moved.seq
FROM jsonb_to_recordset($1::jsonb) AS wanted(sku text, location_id uuid)
JOIN inventory_level AS level USING (sku, location_id)
LEFT JOIN inventory_closing AS closing
    ON closing.sku = level.sku AND closing.location_id = level.location_id
CROSS JOIN LATERAL (
    SELECT
        sum(movement.on_hand_delta)::bigint AS on_hand_moved, sum(movement.allocated_delta)::bigint AS allocated_moved,
        sum(movement.held_delta)::bigint AS held_moved, max(movement.seq) AS seq
    FROM inventory_movement AS movement
    WHERE movement.sku = level.sku AND movement.location_id = level.location_id AND movement.seq > coalesce(closing.seq, 0)
) AS moved
WHERE moved.seq IS NOT NULL
ORDER BY level.sku, level.location_id
