-- each
-- Of a level that stands there: as it is from now on.
UPDATE inventory_level
SET
    on_hand = :on_hand,
    allocated = :allocated,
    held = :held,
    backorder_limit = :backorder_limit,
    shortfall = :shortfall,
    version = :version,
    updated_at = :updated_at
WHERE inventory_level.sku = :sku
    AND inventory_level.location_id = unhex(:location_id)
