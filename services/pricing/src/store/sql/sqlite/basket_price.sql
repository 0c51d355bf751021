-- A channel, and its book's price of each line at a moment, in the order of the lines: of the entries whose start is not
-- after it and whose quantity the line reaches, that of the largest quantity, and of these the latest. The channel stands
-- in the first row alone; a price that does not exist is NULL; without such a channel there is no row.
-- ?1: {"id": hex or null, "code": code or null, "at": µs, "lines": [{"s": sku, "q": quantity}]}.
WITH channel AS MATERIALIZED (
  SELECT asked.*, ?1 ->> 'at' AS at
  FROM pricing_channel AS asked
  WHERE asked.id = unhex(?1 ->> 'id') OR asked.code = ?1 ->> 'code'
)
SELECT p.id AS price_id, p.version AS price_version, p.micros,
       CASE WHEN j.key = 0 THEN c.id END AS id,
       CASE WHEN j.key = 0 THEN c.code END AS code,
       CASE WHEN j.key = 0 THEN c.title END AS title,
       CASE WHEN j.key = 0 THEN c.currency END AS currency,
       CASE WHEN j.key = 0 THEN c.country END AS country,
       CASE WHEN j.key = 0 THEN c.prices_include_tax END AS prices_include_tax,
       CASE WHEN j.key = 0 THEN c.book_id END AS book_id,
       CASE WHEN j.key = 0 THEN c.capture_mode END AS capture_mode,
       CASE WHEN j.key = 0 THEN c.sourcing_rule END AS sourcing_rule,
       CASE WHEN j.key = 0 THEN c.quote_ttl END AS quote_ttl,
       CASE WHEN j.key = 0 THEN c.version END AS version,
       CASE WHEN j.key = 0 THEN c.created_at END AS created_at,
       CASE WHEN j.key = 0 THEN c.updated_at END AS updated_at
FROM channel AS c
CROSS JOIN json_each(?1, '$.lines') AS j
LEFT JOIN pricing_price AS p ON p.id = (
  SELECT q.id
  FROM pricing_price AS q
  WHERE q.book_id = c.book_id AND q.sku = j.value ->> 's' AND q.currency = c.currency
    AND q.from_quantity <= j.value ->> 'q' AND q.start_at <= c.at
  ORDER BY q.from_quantity DESC, q.start_at DESC
  LIMIT 1)
ORDER BY j.key
