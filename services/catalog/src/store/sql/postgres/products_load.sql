-- Locks the products that own one of the ids, skus or slugs, by id. $1: {"ids": [..], "skus": [..], "slugs": [..]}.
SELECT p.id, p.slug, p.title, p.description, p.state, p.version, p.created_at, p.updated_at
FROM catalog_product AS p
WHERE p.id = ANY (ARRAY(
  SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'ids')
  UNION
  SELECT v.product_id FROM catalog_variant AS v
  WHERE v.sku = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb -> 'skus')))
  UNION
  SELECT s.id FROM catalog_product AS s
  WHERE s.slug = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb -> 'slugs')))))
ORDER BY p.id
FOR UPDATE OF p
