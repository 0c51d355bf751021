-- Those of the skus of which a location has free units. ?1: [sku].
SELECT j.value AS sku
FROM json_each(?1) AS j
WHERE EXISTS (SELECT 1 FROM catalog_stock AS s WHERE s.sku = j.value AND s.available > 0)
