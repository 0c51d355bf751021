-- Puts products on lists. $1: [{product_id, position, name}].
INSERT INTO catalog_category (product_id, position, name)
SELECT x.product_id, x.position, x.name
FROM jsonb_to_recordset($1::jsonb) AS x(product_id uuid, position bigint, name text)
