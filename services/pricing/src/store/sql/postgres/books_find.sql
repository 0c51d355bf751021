-- The price books with these ids. $1: [hex].
SELECT b.id, b.currency
FROM jsonb_array_elements($1::jsonb) AS j JOIN pricing_book AS b ON b.id = (j.value)::uuid
ORDER BY b.id
