-- $1: the skus, each once.
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held, level.backorder_limit, level.shortfall,
    level.version, level.created_at, level.updated_at
FROM jsonb_array_elements($1::jsonb) AS wanted
JOIN inventory_level AS level ON level.sku = wanted.value
