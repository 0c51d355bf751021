-- ?1: {sku, location_id, limit, full}: so many levels behind this one, each with its closing row and what its movements come to
-- behind it; with `full` also what those below it come to.
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held, level.backorder_limit, level.shortfall,
    level.version, level.created_at, level.updated_at,
    closing.seq AS closed_seq, closing.on_hand AS closed_on_hand, closing.allocated AS closed_allocated,
    closing.held AS closed_held, closing.seal AS seal,
    COALESCE(SUM(movement.on_hand_delta) FILTER (WHERE movement.seq > COALESCE(closing.seq, 0)), 0) AS on_hand_moved,
    COALESCE(SUM(movement.allocated_delta) FILTER (WHERE movement.seq > COALESCE(closing.seq, 0)), 0) AS allocated_moved,
    COALESCE(SUM(movement.held_delta) FILTER (WHERE movement.seq > COALESCE(closing.seq, 0)), 0) AS held_moved,
    COALESCE(SUM(movement.on_hand_delta) FILTER (WHERE movement.seq <= closing.seq), 0) AS on_hand_below,
    COALESCE(SUM(movement.allocated_delta) FILTER (WHERE movement.seq <= closing.seq), 0) AS allocated_below,
    COALESCE(SUM(movement.held_delta) FILTER (WHERE movement.seq <= closing.seq), 0) AS held_below,
    COUNT(movement.seq) AS movements, MAX(movement.seq) AS last
FROM (
    SELECT *
    FROM inventory_level
    WHERE (sku, location_id) > (?1 ->> 'sku', unhex(?1 ->> 'location_id'))
    ORDER BY sku, location_id
    LIMIT ?1 ->> 'limit'
) AS level
LEFT JOIN inventory_closing AS closing
    ON closing.sku = level.sku AND closing.location_id = level.location_id
LEFT JOIN inventory_movement AS movement
    ON movement.sku = level.sku AND movement.location_id = level.location_id
    AND movement.seq > CASE WHEN ?1 ->> 'full' THEN 0 ELSE COALESCE(closing.seq, 0) END
GROUP BY level.sku, level.location_id
ORDER BY level.sku, level.location_id
