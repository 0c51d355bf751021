-- $1: [{sku, location_id}], each place once. Locked by sku and location. A sku lies at a few locations, so its are all looked at.
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held, level.backorder_limit, level.shortfall,
    level.version, level.created_at, level.updated_at
FROM inventory_level AS level
WHERE level.sku = ANY (ARRAY(SELECT wanted ->> 'sku' FROM jsonb_array_elements($1::jsonb) AS wanted))
    AND (level.sku, level.location_id) IN (
        SELECT wanted ->> 'sku', (wanted ->> 'location_id')::uuid
        FROM jsonb_array_elements($1::jsonb) AS wanted
    )
ORDER BY level.sku, level.location_id
FOR UPDATE
