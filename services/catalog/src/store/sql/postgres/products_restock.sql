-- Brings the products in line with their variants. $1: [hex of a product's id].
UPDATE catalog_product
SET in_stock = 1 - in_stock
WHERE id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb))
  AND in_stock <> EXISTS (
    SELECT 1 FROM catalog_variant AS v WHERE v.product_id = catalog_product.id AND v.retired = 0 AND v.in_stock = 1
  )
