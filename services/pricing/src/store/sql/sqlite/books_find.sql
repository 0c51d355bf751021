-- The price books with these ids. ?1: [hex].
SELECT b.id, b.currency
FROM json_each(?1) AS j CROSS JOIN pricing_book AS b ON b.id = unhex(j.value)
ORDER BY b.id
