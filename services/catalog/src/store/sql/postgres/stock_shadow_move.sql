INSERT INTO catalog_stock (sku, location_id, available, version)
SELECT sku, location_id, available, version
FROM catalog_stock_shadow
