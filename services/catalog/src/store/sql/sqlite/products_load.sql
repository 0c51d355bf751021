-- The products that own one of the ids, skus or slugs. ?1: {"ids": [hex], "skus": [..], "slugs": [..]}.
WITH wanted (id) AS (
  SELECT unhex(value) FROM json_each(?1, '$.ids')
  UNION
  SELECT v.product_id FROM json_each(?1, '$.skus') AS j CROSS JOIN catalog_variant AS v ON v.sku = j.value
  UNION
  SELECT p.id FROM json_each(?1, '$.slugs') AS j CROSS JOIN catalog_product AS p ON p.slug = j.value
)
SELECT p.id, p.slug, p.title, p.description, p.state, p.version, p.created_at, p.updated_at
FROM wanted CROSS JOIN catalog_product AS p ON p.id = wanted.id
ORDER BY p.id
