-- ?1: levels that stand there, as they are from now on, each once.
UPDATE inventory_level
SET
    on_hand = level.value ->> 'on_hand',
    allocated = level.value ->> 'allocated',
    held = level.value ->> 'held',
    backorder_limit = level.value ->> 'backorder_limit',
    shortfall = level.value ->> 'shortfall',
    version = level.value ->> 'version',
    updated_at = level.value ->> 'updated_at'
FROM json_each(?1) AS level
WHERE inventory_level.sku = level.value ->> 'sku'
    AND inventory_level.location_id = unhex(level.value ->> 'location_id')
