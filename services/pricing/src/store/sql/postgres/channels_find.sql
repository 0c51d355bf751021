-- The channels with one of these ids or codes; a channel never changes. $1: {"ids": [..], "codes": [..]}.
WITH wanted (id) AS (
  SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'ids')
  UNION
  SELECT c.id FROM jsonb_array_elements_text($1::jsonb -> 'codes') AS j JOIN pricing_channel AS c ON c.code = j.value
)
SELECT c.id, c.code, c.title, c.currency, c.country, c.prices_include_tax, c.book_id, c.capture_mode, c.sourcing_rule,
       c.quote_ttl, c.version, c.created_at, c.updated_at
FROM wanted JOIN pricing_channel AS c ON c.id = wanted.id
ORDER BY c.id
