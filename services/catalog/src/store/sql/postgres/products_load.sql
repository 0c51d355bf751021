-- Locks the products that own one of the ids, skus or slugs, by id. $1: {"ids": [..], "skus": [..], "slugs": [..]}.
WITH wanted (id) AS (
  SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'ids')
  UNION
  SELECT v.product_id
  FROM jsonb_array_elements_text($1::jsonb -> 'skus') AS j JOIN catalog_variant AS v ON v.sku = j.value
  UNION
  SELECT p.id FROM jsonb_array_elements_text($1::jsonb -> 'slugs') AS j JOIN catalog_product AS p ON p.slug = j.value
)
SELECT p.id, p.slug, p.title, p.description, p.state, p.version, p.created_at, p.updated_at
FROM wanted JOIN catalog_product AS p ON p.id = wanted.id
ORDER BY p.id
FOR UPDATE OF p
