-- The products that own one of the ids, skus or slugs, whole: the variants (retired ones behind the others) and categories in
-- the merchant's order, as JSON. ?1: {"ids": [hex], "skus": [..], "slugs": [..]}.
WITH wanted (id) AS (
  SELECT unhex(value) FROM json_each(?1, '$.ids')
  UNION
  SELECT v.product_id FROM json_each(?1, '$.skus') AS j CROSS JOIN catalog_variant AS v ON v.sku = j.value
  UNION
  SELECT p.id FROM json_each(?1, '$.slugs') AS j CROSS JOIN catalog_product AS p ON p.slug = j.value
)
SELECT p.id, p.slug, p.title, p.description, p.state, p.version, p.created_at, p.updated_at,
       (SELECT json_group_array(json_object(
                 'sku', v.sku, 'retired', json(iif(v.retired, 'true', 'false')), 'title', v.title, 'kind', v.kind,
                 'stock_tracked', json(iif(v.stock_tracked, 'true', 'false')), 'tax_category', v.tax_category,
                 'unit', v.unit, 'weight_grams', v.weight_grams, 'options', json(v.options),
                 'in_stock', json(iif(v.in_stock, 'true', 'false'))) ORDER BY v.retired, v.position)
        FROM catalog_variant AS v WHERE v.product_id = p.id) AS variants,
       (SELECT json_group_array(c.name ORDER BY c.position)
        FROM catalog_category AS c WHERE c.product_id = p.id) AS categories
FROM wanted CROSS JOIN catalog_product AS p ON p.id = wanted.id
