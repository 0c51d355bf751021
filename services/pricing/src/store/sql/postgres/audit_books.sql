-- Whether a channel sells from the book, in its currency, from a book on. $1: {"after": an id, "limit": n}.
SELECT b.id::text AS at, b.id::text AS subject,
       EXISTS (SELECT 1 FROM pricing_channel AS c WHERE c.book_id = b.id)
       AND NOT EXISTS (SELECT 1 FROM pricing_channel AS c WHERE c.book_id = b.id AND c.currency <> b.currency) AS ok
FROM pricing_book AS b
WHERE b.id > coalesce(nullif($1::jsonb ->> 'after', ''), '00000000-0000-0000-0000-000000000000')::uuid
ORDER BY b.id
LIMIT ($1::jsonb ->> 'limit')::bigint
