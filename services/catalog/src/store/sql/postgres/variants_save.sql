-- Writes variants as they stand now; a sku never changes its product, and one that another product took meanwhile is a
-- unique violation. $1: [{sku, product_id, position, retired, title, kind, stock_tracked, tax_category, unit, weight_grams,
-- options (text), in_stock}].
WITH x AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    sku text, product_id uuid, position bigint, retired boolean, title text, kind text, stock_tracked boolean,
    tax_category text, unit text, weight_grams bigint, options text, in_stock boolean)
), changed AS (
  UPDATE catalog_variant AS v
  SET position = x.position, retired = x.retired, title = x.title, kind = x.kind, stock_tracked = x.stock_tracked,
      tax_category = x.tax_category, unit = x.unit, weight_grams = x.weight_grams, options = x.options,
      in_stock = x.in_stock
  FROM x
  WHERE v.sku = x.sku AND v.product_id = x.product_id
  RETURNING v.sku
)
INSERT INTO catalog_variant
  (sku, product_id, position, retired, title, kind, stock_tracked, tax_category, unit, weight_grams, options, in_stock)
SELECT x.sku, x.product_id, x.position, x.retired, x.title, x.kind, x.stock_tracked, x.tax_category, x.unit,
       x.weight_grams, x.options, x.in_stock
FROM x
WHERE NOT EXISTS (SELECT 1 FROM changed WHERE changed.sku = x.sku)
ORDER BY x.sku
