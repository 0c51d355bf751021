-- Notes what inventory says; an older word changes nothing. $1: [{sku, location_id (hex), available, version}].
INSERT INTO catalog_stock (sku, location_id, available, version)
SELECT value ->> 'sku', (value ->> 'location_id')::uuid, value ->> 'available', value ->> 'version'
FROM jsonb_array_elements($1::jsonb)
WHERE true
ON CONFLICT (sku, location_id) DO UPDATE SET available = excluded.available, version = excluded.version
WHERE excluded.version > catalog_stock.version
