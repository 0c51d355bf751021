-- Brings the variants of all skus in line with the stock table; says of which products one changed.
UPDATE catalog_variant
SET in_stock = NOT in_stock
WHERE stock_tracked
  AND in_stock <> EXISTS (SELECT 1 FROM catalog_stock AS s WHERE s.sku = catalog_variant.sku AND s.available > 0)
RETURNING product_id
