-- As stock_save, into the shadow; an older word changes nothing. ?1: [{sku, location_id (hex), available, version}].
INSERT INTO catalog_stock_shadow (sku, location_id, available, version)
SELECT value ->> 'sku', unhex(value ->> 'location_id'), value ->> 'available', value ->> 'version'
FROM json_each(?1)
WHERE true
ON CONFLICT (sku, location_id) DO UPDATE SET available = excluded.available, version = excluded.version
WHERE excluded.version > catalog_stock_shadow.version
