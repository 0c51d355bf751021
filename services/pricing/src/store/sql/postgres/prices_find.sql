-- The entries with these natural keys. $1: [{book_id, sku, currency, from_quantity, start_at}].
SELECT p.book_id, p.sku, p.currency, p.from_quantity, p.start_at, p.id, p.micros, p.version, p.created_at, p.updated_at
FROM jsonb_to_recordset($1::jsonb) AS x(book_id uuid, sku text, currency text, from_quantity bigint, start_at bigint)
JOIN pricing_price AS p
  ON p.book_id = x.book_id AND p.sku = x.sku AND p.currency = x.currency
  AND p.from_quantity = x.from_quantity AND p.start_at = x.start_at
ORDER BY p.book_id, p.sku, p.currency, p.from_quantity, p.start_at
