-- The categories of the products, which are locked, in the merchant's order. $1: [a product's id].
SELECT c.product_id, c.name
FROM jsonb_array_elements_text($1::jsonb) AS j JOIN catalog_category AS c ON c.product_id = j.value::uuid
ORDER BY c.product_id, c.position
