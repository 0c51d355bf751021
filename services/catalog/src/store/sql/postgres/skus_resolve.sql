-- What the skus are, in the order asked for; an unknown one has a NULL product. $1: [sku].
SELECT j.sku, v.product_id, v.retired, v.title AS variant_title, v.kind, v.stock_tracked, v.tax_category,
       v.unit, p.title AS product_title, p.state
FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS j(sku, place)
LEFT JOIN catalog_variant AS v ON v.sku = j.sku
LEFT JOIN catalog_product AS p ON p.id = v.product_id
ORDER BY j.place
