-- The categories of the products, in the merchant's order. $1: [hex of a product's id].
SELECT c.product_id, c.name
FROM jsonb_array_elements($1::jsonb) AS j JOIN catalog_category AS c ON c.product_id = (j.value)::uuid
ORDER BY c.product_id, c.position
