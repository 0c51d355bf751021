-- Brings the products in line with their variants. $1: [a product's id].
UPDATE catalog_product
SET in_stock = NOT in_stock
WHERE id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
  AND in_stock <> EXISTS (
    SELECT 1 FROM catalog_variant AS v WHERE v.product_id = catalog_product.id AND NOT v.retired AND v.in_stock
  )
