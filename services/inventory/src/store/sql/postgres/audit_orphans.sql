-- Places with movements and without a level.
SELECT movement.sku, movement.location_id
FROM inventory_movement AS movement
WHERE NOT EXISTS (
    SELECT 1
    FROM inventory_level AS level
    WHERE level.sku = movement.sku AND level.location_id = movement.location_id
)
GROUP BY movement.sku, movement.location_id
ORDER BY movement.sku, movement.location_id
