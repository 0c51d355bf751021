-- Every variant of the products, which are locked, retired ones too, in the merchant's order. $1: [a product's id].
SELECT v.product_id, v.sku, v.retired, v.title, v.kind, v.stock_tracked, v.tax_category, v.unit, v.weight_grams,
       v.options, v.in_stock
FROM catalog_variant AS v
WHERE v.product_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY v.product_id, v.retired, v.position
