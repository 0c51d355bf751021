-- Writes variants as they stand now; a sku never changes its product.
-- $1: [{sku, product_id (hex), position, retired, title, kind, stock_tracked, tax_category, unit, weight_grams, options (text), in_stock}].
INSERT INTO catalog_variant
  (sku, product_id, position, retired, title, kind, stock_tracked, tax_category, unit, weight_grams, options, in_stock)
SELECT value ->> 'sku', (value ->> 'product_id')::uuid, value ->> 'position', value ->> 'retired', value ->> 'title',
       value ->> 'kind', value ->> 'stock_tracked', value ->> 'tax_category', value ->> 'unit',
       value ->> 'weight_grams', value ->> 'options', value ->> 'in_stock'
FROM jsonb_array_elements($1::jsonb)
WHERE true
ON CONFLICT (sku) DO UPDATE SET
  position = excluded.position, retired = excluded.retired, title = excluded.title, kind = excluded.kind,
  stock_tracked = excluded.stock_tracked, tax_category = excluded.tax_category, unit = excluded.unit,
  weight_grams = excluded.weight_grams, options = excluded.options, in_stock = excluded.in_stock
