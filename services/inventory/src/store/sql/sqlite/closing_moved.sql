-- ?1: places; those at which something was booked since their books were closed, with what it comes to.
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held,
    closing.seq AS closed_seq, closing.on_hand AS closed_on_hand, closing.allocated AS closed_allocated,
    closing.held AS closed_held, closing.seal AS seal,
    SUM(movement.on_hand_delta) AS on_hand_moved, SUM(movement.allocated_delta) AS allocated_moved,
    SUM(movement.held_delta) AS held_moved, MAX(movement.seq) AS seq
FROM json_each(?1) AS wanted
CROSS JOIN inventory_level AS level
    ON level.sku = wanted.value ->> 'sku' AND level.location_id = unhex(wanted.value ->> 'location_id')
LEFT JOIN inventory_closing AS closing
    ON closing.sku = level.sku AND closing.location_id = level.location_id
CROSS JOIN inventory_movement AS movement
    ON movement.sku = level.sku AND movement.location_id = level.location_id AND movement.seq > COALESCE(closing.seq, 0)
GROUP BY level.sku, level.location_id
ORDER BY level.sku, level.location_id
