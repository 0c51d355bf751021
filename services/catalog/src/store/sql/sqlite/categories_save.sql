-- Puts products on lists. ?1: [{product_id (hex), position, name}].
INSERT INTO catalog_category (product_id, position, name)
SELECT unhex(value ->> 'product_id'), value ->> 'position', value ->> 'name'
FROM json_each(?1)
