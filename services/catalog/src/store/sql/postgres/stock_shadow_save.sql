-- As stock_save, into the shadow; an older word changes nothing. $1: [{sku, location_id, available, version}].
INSERT INTO catalog_stock_shadow (sku, location_id, available, version)
SELECT x.sku, x.location_id, x.available, x.version
FROM jsonb_to_recordset($1::jsonb) AS x(sku text, location_id uuid, available bigint, version bigint)
ORDER BY x.sku, x.location_id
ON CONFLICT (sku, location_id) DO UPDATE SET available = excluded.available, version = excluded.version
WHERE excluded.version > catalog_stock_shadow.version
