-- Whether a variant has a product, from a sku on. $1: {"after": sku, "limit": n}.
SELECT v.sku AS at, v.sku AS subject, p.id IS NOT NULL AS ok
FROM catalog_variant AS v LEFT JOIN catalog_product AS p ON p.id = v.product_id
WHERE v.sku > $1::jsonb ->> 'after'
ORDER BY v.sku
LIMIT ($1::jsonb ->> 'limit')::bigint
