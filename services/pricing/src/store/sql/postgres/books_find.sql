-- The price books with these ids; a book never changes. $1: [id].
SELECT b.id, b.currency
FROM pricing_book AS b
WHERE b.id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY b.id
