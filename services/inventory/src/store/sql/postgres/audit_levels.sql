-- $1: {sku, location_id, limit}: so many levels behind this one, each with what its movements come to.
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held, level.backorder_limit, level.shortfall,
    level.version, level.created_at, level.updated_at,
    COALESCE(SUM(movement.on_hand_delta), 0) AS on_hand_moved,
    COALESCE(SUM(movement.allocated_delta), 0) AS allocated_moved,
    COALESCE(SUM(movement.held_delta), 0) AS held_moved
FROM (
    SELECT *
    FROM inventory_level
    WHERE (sku, location_id) > ($1::jsonb ->> 'sku', ($1::jsonb ->> 'location_id')::uuid)
    ORDER BY sku, location_id
    LIMIT $1::jsonb ->> 'limit'
) AS level
LEFT JOIN inventory_movement AS movement
    ON movement.sku = level.sku AND movement.location_id = level.location_id
GROUP BY level.sku, level.location_id
ORDER BY level.sku, level.location_id
