-- The categories of the products, in the merchant's order. ?1: [hex of a product's id].
SELECT c.product_id, c.name
FROM json_each(?1) AS j CROSS JOIN catalog_category AS c ON c.product_id = unhex(j.value)
ORDER BY c.product_id, c.position
