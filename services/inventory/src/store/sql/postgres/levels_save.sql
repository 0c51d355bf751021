-- $1: levels that this transaction has locked, as they are from now on, each once.
UPDATE inventory_level
SET
    on_hand = level.on_hand,
    allocated = level.allocated,
    held = level.held,
    backorder_limit = level.backorder_limit,
    shortfall = level.shortfall,
    version = level.version,
    updated_at = level.updated_at
FROM jsonb_to_recordset($1::jsonb) AS level (
    sku text, location_id uuid, on_hand bigint, allocated bigint, held bigint, backorder_limit bigint, shortfall bigint,
    version bigint, updated_at bigint
)
WHERE inventory_level.sku = ANY (ARRAY(SELECT one ->> 'sku' FROM jsonb_array_elements($1::jsonb) AS one))
    AND inventory_level.sku = level.sku
    AND inventory_level.location_id = level.location_id
