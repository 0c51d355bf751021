-- Whether a product has a variant and its word on stock is that of its variants, from an id on.
-- $1: {"after": an id, "limit": n}.
SELECT p.id::text AS at, p.slug AS subject,
       EXISTS (SELECT 1 FROM catalog_variant AS v WHERE v.product_id = p.id AND NOT v.retired)
       AND p.in_stock = EXISTS (
         SELECT 1 FROM catalog_variant AS v WHERE v.product_id = p.id AND NOT v.retired AND v.in_stock) AS ok
FROM catalog_product AS p
WHERE p.id > coalesce(nullif($1::jsonb ->> 'after', ''), '00000000-0000-0000-0000-000000000000')::uuid
ORDER BY p.id
LIMIT ($1::jsonb ->> 'limit')::bigint
