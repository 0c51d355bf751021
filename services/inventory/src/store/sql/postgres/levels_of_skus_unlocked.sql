-- For the mutant without row locks alone.
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held, level.backorder_limit, level.shortfall,
    level.version, level.created_at, level.updated_at
FROM inventory_level AS level
WHERE level.sku = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb)))
ORDER BY level.sku, level.location_id
