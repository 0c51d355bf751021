-- Whether a product has a variant and its word on stock is that of its variants, from an id on.
-- $1: {"after": hex of an id, "limit": n}.
SELECT hex(p.id) AS at, p.slug AS subject,
       EXISTS (SELECT 1 FROM catalog_variant AS v WHERE v.product_id = p.id AND v.retired = 0)
       AND p.in_stock = EXISTS (
         SELECT 1 FROM catalog_variant AS v WHERE v.product_id = p.id AND v.retired = 0 AND v.in_stock = 1) AS ok
FROM catalog_product AS p
WHERE p.id > ($1::jsonb ->> 'after')::uuid
ORDER BY p.id
LIMIT $1::jsonb ->> 'limit'
