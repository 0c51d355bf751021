-- each
-- Notes what inventory says; an older word changes nothing.
INSERT INTO catalog_stock (sku, location_id, available, version)
VALUES (
    :sku, unhex(:location_id), :available, :version
)
ON CONFLICT (sku, location_id) DO UPDATE SET available = excluded.available, version = excluded.version
WHERE excluded.version > catalog_stock.version
