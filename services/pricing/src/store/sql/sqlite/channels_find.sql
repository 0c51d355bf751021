-- The channels with one of these ids or codes. ?1: {"ids": [hex], "codes": [..]}.
WITH wanted (id) AS (
  SELECT unhex(value) FROM json_each(?1, '$.ids')
  UNION
  SELECT c.id FROM json_each(?1, '$.codes') AS j CROSS JOIN pricing_channel AS c ON c.code = j.value
)
SELECT c.id, c.code, c.title, c.currency, c.country, c.prices_include_tax, c.book_id, c.capture_mode, c.sourcing_rule,
       c.quote_ttl, c.version, c.created_at, c.updated_at
FROM wanted CROSS JOIN pricing_channel AS c ON c.id = wanted.id
ORDER BY c.id
