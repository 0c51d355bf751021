-- Brings the variants of all skus in line with the stock table; says of which products one changed.
UPDATE catalog_variant
SET in_stock = 1 - in_stock
WHERE stock_tracked = 1
  AND in_stock <> EXISTS (SELECT 1 FROM catalog_stock AS s WHERE s.sku = catalog_variant.sku AND s.available > 0)
RETURNING product_id
