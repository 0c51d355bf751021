-- The price books with these ids; a book never changes. $1: [id].
SELECT b.id, b.currency
FROM jsonb_array_elements_text($1::jsonb) AS j JOIN pricing_book AS b ON b.id = j.value::uuid
ORDER BY b.id
