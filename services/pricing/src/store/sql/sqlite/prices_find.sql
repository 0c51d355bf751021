-- The entries with these natural keys. ?1: [{book_id (hex), sku, currency, from_quantity, start_at}].
SELECT p.book_id, p.sku, p.currency, p.from_quantity, p.start_at, p.id, p.micros, p.version, p.created_at, p.updated_at
FROM json_each(?1) AS j
CROSS JOIN pricing_price AS p
  ON p.book_id = unhex(j.value ->> 'book_id') AND p.sku = j.value ->> 'sku' AND p.currency = j.value ->> 'currency'
  AND p.from_quantity = j.value ->> 'from_quantity' AND p.start_at = j.value ->> 'start_at'
ORDER BY p.book_id, p.sku, p.currency, p.from_quantity, p.start_at
