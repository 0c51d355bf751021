-- Whether a channel sells from the book, in its currency, from a book on. $1: {"after": hex of an id, "limit": n}.
SELECT hex(b.id) AS at, hex(b.id) AS subject,
       EXISTS (SELECT 1 FROM pricing_channel AS c WHERE c.book_id = b.id)
       AND NOT EXISTS (SELECT 1 FROM pricing_channel AS c WHERE c.book_id = b.id AND c.currency <> b.currency) AS ok
FROM pricing_book AS b
WHERE b.id > ($1::jsonb ->> 'after')::uuid
ORDER BY b.id
LIMIT $1::jsonb ->> 'limit'
