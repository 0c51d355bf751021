-- The products that own one of the ids, skus or slugs, whole: the variants (retired ones behind the others) and categories in
-- the merchant's order, as JSON. $1: {"ids": [..], "skus": [..], "slugs": [..]}.
SELECT p.id, p.slug, p.title, p.description, p.state, p.version, p.created_at, p.updated_at,
       (SELECT coalesce(json_agg(json_build_object(
                 'sku', v.sku, 'retired', v.retired, 'title', v.title, 'kind', v.kind,
                 'stock_tracked', v.stock_tracked, 'tax_category', v.tax_category, 'unit', v.unit,
                 'weight_grams', v.weight_grams, 'options', v.options::json, 'in_stock', v.in_stock)
                 ORDER BY v.retired, v.position), '[]')::text
        FROM catalog_variant AS v WHERE v.product_id = p.id) AS variants,
       (SELECT coalesce(json_agg(c.name ORDER BY c.position), '[]')::text
        FROM catalog_category AS c WHERE c.product_id = p.id) AS categories
FROM catalog_product AS p
WHERE p.id = ANY (ARRAY(
  SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'ids')
  UNION
  SELECT v.product_id FROM catalog_variant AS v
  WHERE v.sku = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb -> 'skus')))
  UNION
  SELECT s.id FROM catalog_product AS s
  WHERE s.slug = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb -> 'slugs')))))
