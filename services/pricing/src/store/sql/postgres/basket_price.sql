-- A channel, and its book's price of each line at a moment, in the order of the lines: of the entries whose start is not
-- after it and whose quantity the line reaches, that of the largest quantity, and of these the latest. The channel stands
-- in the first row alone; a price that does not exist is NULL; without such a channel there is no row.
-- $1: {"id": id or null, "code": code or null, "at": µs, "lines": [{"s": sku, "q": quantity}]}.
SELECT p.id AS price_id, p.version AS price_version, p.micros,
       CASE WHEN l.place = 1 THEN c.id END AS id,
       CASE WHEN l.place = 1 THEN c.code END AS code,
       CASE WHEN l.place = 1 THEN c.title END AS title,
       CASE WHEN l.place = 1 THEN c.currency END AS currency,
       CASE WHEN l.place = 1 THEN c.country END AS country,
       CASE WHEN l.place = 1 THEN c.prices_include_tax END AS prices_include_tax,
       CASE WHEN l.place = 1 THEN c.book_id END AS book_id,
       CASE WHEN l.place = 1 THEN c.capture_mode END AS capture_mode,
       CASE WHEN l.place = 1 THEN c.sourcing_rule END AS sourcing_rule,
       CASE WHEN l.place = 1 THEN c.quote_ttl END AS quote_ttl,
       CASE WHEN l.place = 1 THEN c.version END AS version,
       CASE WHEN l.place = 1 THEN c.created_at END AS created_at,
       CASE WHEN l.place = 1 THEN c.updated_at END AS updated_at
FROM pricing_channel AS c
CROSS JOIN jsonb_array_elements($1::jsonb -> 'lines') WITH ORDINALITY AS l(line, place)
LEFT JOIN LATERAL (
  SELECT q.id, q.version, q.micros
  FROM pricing_price AS q
  WHERE q.book_id = c.book_id AND q.sku = l.line ->> 's' AND q.currency = c.currency
    AND q.from_quantity <= (l.line ->> 'q')::bigint AND q.start_at <= ($1::jsonb ->> 'at')::bigint
  ORDER BY q.from_quantity DESC, q.start_at DESC
  LIMIT 1) AS p ON true
WHERE c.id = ($1::jsonb ->> 'id')::uuid OR c.code = $1::jsonb ->> 'code'
ORDER BY l.place
