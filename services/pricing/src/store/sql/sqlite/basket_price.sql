-- The book's price of each line at a moment, in the order of the lines: of the entries whose start is not after it and
-- whose quantity the line reaches, that of the largest quantity, and of these the latest. NULL: there is none.
-- ?1: {"book_id": hex, "currency": code, "at": µs, "lines": [{"s": sku, "q": quantity}]}.
WITH asked (book_id, currency, at) AS MATERIALIZED (
  SELECT unhex(?1 ->> 'book_id'), ?1 ->> 'currency', ?1 ->> 'at'
)
SELECT p.id, p.version, p.micros
FROM asked AS a
CROSS JOIN json_each(?1, '$.lines') AS j
LEFT JOIN pricing_price AS p ON p.id = (
  SELECT q.id
  FROM pricing_price AS q
  WHERE q.book_id = a.book_id AND q.sku = j.value ->> 's' AND q.currency = a.currency
    AND q.from_quantity <= j.value ->> 'q' AND q.start_at <= a.at
  ORDER BY q.from_quantity DESC, q.start_at DESC
  LIMIT 1)
ORDER BY j.key
