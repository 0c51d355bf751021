-- The channels with one of these ids or codes; a channel never changes. $1: {"ids": [..], "codes": [..]}.
SELECT c.id, c.code, c.title, c.currency, c.country, c.prices_include_tax, c.book_id, c.capture_mode, c.sourcing_rule,
       c.quote_ttl, c.version, c.created_at, c.updated_at
FROM pricing_channel AS c
WHERE c.id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'ids')))
   OR c.code = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb -> 'codes')))
ORDER BY c.id
