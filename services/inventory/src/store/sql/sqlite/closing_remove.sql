-- ?1: closing rows; those that stand so are forgotten.
DELETE FROM inventory_closing
WHERE (sku, location_id, seal) IN (
    SELECT value ->> 'sku', unhex(value ->> 'location_id'), value ->> 'seal'
    FROM json_each(?1)
)
