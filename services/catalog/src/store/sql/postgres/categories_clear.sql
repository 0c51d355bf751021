-- Takes the products off every list. $1: [hex of a product's id].
DELETE FROM catalog_category WHERE product_id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb))
