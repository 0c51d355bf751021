-- Whether a price is not negative and in the currency of its book and of every channel that sells from it, from an
-- entry on. $1: {"after": an id, "limit": n}.
SELECT p.id::text AS at, p.sku AS subject,
       p.micros >= 0
       AND p.currency = coalesce((SELECT b.currency FROM pricing_book AS b WHERE b.id = p.book_id), '')
       AND NOT EXISTS (
         SELECT 1 FROM pricing_channel AS c WHERE c.book_id = p.book_id AND c.currency <> p.currency) AS ok
FROM pricing_price AS p
WHERE p.id > coalesce(nullif($1::jsonb ->> 'after', ''), '00000000-0000-0000-0000-000000000000')::uuid
ORDER BY p.id
LIMIT ($1::jsonb ->> 'limit')::bigint
