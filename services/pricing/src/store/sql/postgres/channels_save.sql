-- Adds channels. $1: [{id (hex), code, title, currency, country, prices_include_tax, book_id (hex), capture_mode,
-- sourcing_rule, quote_ttl, version, created_at, updated_at}].
INSERT INTO pricing_channel
  (id, code, title, currency, country, prices_include_tax, book_id, capture_mode, sourcing_rule, quote_ttl, version,
   created_at, updated_at)
SELECT (value ->> 'id')::uuid, value ->> 'code', value ->> 'title', value ->> 'currency', value ->> 'country',
       value ->> 'prices_include_tax', (value ->> 'book_id')::uuid, value ->> 'capture_mode', value ->> 'sourcing_rule',
       value ->> 'quote_ttl', value ->> 'version', value ->> 'created_at', value ->> 'updated_at'
FROM jsonb_array_elements($1::jsonb)
