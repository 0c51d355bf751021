-- Takes the products, which are locked, off every list. $1: [a product's id].
DELETE FROM catalog_category
WHERE product_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
