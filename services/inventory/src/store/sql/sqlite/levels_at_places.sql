-- each
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held, level.backorder_limit, level.shortfall,
    level.version, level.created_at, level.updated_at
FROM inventory_level AS level
WHERE level.sku = :sku AND level.location_id = unhex(:location_id)
