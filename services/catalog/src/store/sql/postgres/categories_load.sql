-- The categories of the products, which are locked, in the merchant's order. $1: [a product's id].
SELECT c.product_id, c.name
FROM catalog_category AS c
WHERE c.product_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY c.product_id, c.position
