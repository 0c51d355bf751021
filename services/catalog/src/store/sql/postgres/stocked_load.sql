-- Those of the skus of which a location has free units. $1: [sku].
SELECT j.value AS sku
FROM jsonb_array_elements_text($1::jsonb) AS j
WHERE EXISTS (SELECT 1 FROM catalog_stock AS s WHERE s.sku = j.value AND s.available > 0)
