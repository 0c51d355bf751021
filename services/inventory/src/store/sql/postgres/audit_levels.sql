-- $1: {sku, location_id, limit, full}: so many levels behind this one, each with its closing row and what its movements come to
-- behind it; with `full` also what those below it come to.
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held, level.backorder_limit, level.shortfall,
    level.version, level.created_at, level.updated_at,
    closing.seq AS closed_seq, closing.on_hand AS closed_on_hand, closing.allocated AS closed_allocated,
    closing.held AS closed_held, closing.seal AS seal,
    moved.on_hand_moved, moved.allocated_moved, moved.held_moved,
    moved.on_hand_below, moved.allocated_below, moved.held_below, moved.movements, moved.last
FROM (
    SELECT *
    FROM inventory_level
    WHERE (sku, location_id) > (
        $1::jsonb ->> 'sku',
        coalesce(nullif($1::jsonb ->> 'location_id', ''), '00000000000000000000000000000000')::uuid
    )
    ORDER BY sku, location_id
    LIMIT ($1::jsonb ->> 'limit')::bigint
) AS level
LEFT JOIN inventory_closing AS closing
    ON closing.sku = level.sku AND closing.location_id = level.location_id
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(movement.on_hand_delta) FILTER (WHERE movement.seq > coalesce(closing.seq, 0)), 0)::bigint AS on_hand_moved,
        coalesce(sum(movement.allocated_delta) FILTER (WHERE movement.seq > coalesce(closing.seq, 0)), 0)::bigint AS allocated_moved,
        coalesce(sum(movement.held_delta) FILTER (WHERE movement.seq > coalesce(closing.seq, 0)), 0)::bigint AS held_moved,
        coalesce(sum(movement.on_hand_delta) FILTER (WHERE movement.seq <= closing.seq), 0)::bigint AS on_hand_below,
        coalesce(sum(movement.allocated_delta) FILTER (WHERE movement.seq <= closing.seq), 0)::bigint AS allocated_below,
        coalesce(sum(movement.held_delta) FILTER (WHERE movement.seq <= closing.seq), 0)::bigint AS held_below,
        count(*) AS movements, max(movement.seq) AS last
    FROM inventory_movement AS movement
    WHERE movement.sku = level.sku AND movement.location_id = level.location_id
        AND movement.seq > CASE WHEN ($1::jsonb ->> 'full')::boolean THEN 0 ELSE coalesce(closing.seq, 0) END
) AS moved
ORDER BY level.sku, level.location_id
