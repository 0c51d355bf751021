-- References under which something was kept or promised since the books of its place were closed, once per place.
SELECT DISTINCT movement.reference, movement.sku, movement.location_id
FROM inventory_level AS level
LEFT JOIN inventory_closing AS closing
    ON closing.sku = level.sku AND closing.location_id = level.location_id
CROSS JOIN inventory_movement AS movement
    ON movement.sku = level.sku AND movement.location_id = level.location_id AND movement.seq > COALESCE(closing.seq, 0)
WHERE movement.held_delta <> 0 OR movement.allocated_delta <> 0
