-- Puts products on lists. $1: [{product_id (hex), position, name}].
INSERT INTO catalog_category (product_id, position, name)
SELECT (value ->> 'product_id')::uuid, value ->> 'position', value ->> 'name'
FROM jsonb_array_elements($1::jsonb)
