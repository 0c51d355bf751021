-- Adds channels; a code that another one took meanwhile is a unique violation. $1: [{id, code, title, currency, country,
-- prices_include_tax, book_id, capture_mode, sourcing_rule, quote_ttl, version, created_at, updated_at}].
INSERT INTO pricing_channel
  (id, code, title, currency, country, prices_include_tax, book_id, capture_mode, sourcing_rule, quote_ttl, version,
   created_at, updated_at)
SELECT x.id, x.code, x.title, x.currency, x.country, x.prices_include_tax, x.book_id, x.capture_mode, x.sourcing_rule,
       x.quote_ttl, x.version, x.created_at, x.updated_at
FROM jsonb_to_recordset($1::jsonb) AS x(
  id uuid, code text, title text, currency text, country text, prices_include_tax boolean, book_id uuid,
  capture_mode text, sourcing_rule text, quote_ttl bigint, version bigint, created_at bigint, updated_at bigint)
ORDER BY x.code
