-- Whether a variant's word on stock is what the stock table says, from a sku on. $1: {"after": sku, "limit": n}.
SELECT v.sku AS at, v.sku AS subject,
       v.in_stock = (NOT v.stock_tracked OR EXISTS (
         SELECT 1 FROM catalog_stock AS s WHERE s.sku = v.sku AND s.available > 0)) AS ok
FROM catalog_variant AS v
WHERE v.sku > $1::jsonb ->> 'after'
ORDER BY v.sku
LIMIT ($1::jsonb ->> 'limit')::bigint
