-- What the skus are, in the order asked for; an unknown one has a NULL product. $1: [sku].
SELECT j.value AS sku, v.product_id, v.retired, v.title AS variant_title, v.kind, v.stock_tracked, v.tax_category,
       v.unit, p.title AS product_title, p.state
FROM jsonb_array_elements($1::jsonb) AS j
LEFT JOIN catalog_variant AS v ON v.sku = j.value
LEFT JOIN catalog_product AS p ON p.id = v.product_id
ORDER BY j.key
