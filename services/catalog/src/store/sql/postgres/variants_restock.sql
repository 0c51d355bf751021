-- Brings the variants of the skus in line with the stock table; says of which products one changed. $1: [sku].
UPDATE catalog_variant
SET in_stock = NOT in_stock
WHERE sku = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb)))
  AND stock_tracked
  AND in_stock <> EXISTS (SELECT 1 FROM catalog_stock AS s WHERE s.sku = catalog_variant.sku AND s.available > 0)
RETURNING product_id
