-- Adds channels. ?1: [{id (hex), code, title, currency, country, prices_include_tax, book_id (hex), capture_mode,
-- sourcing_rule, quote_ttl, version, created_at, updated_at}].
INSERT INTO pricing_channel
  (id, code, title, currency, country, prices_include_tax, book_id, capture_mode, sourcing_rule, quote_ttl, version,
   created_at, updated_at)
SELECT unhex(value ->> 'id'), value ->> 'code', value ->> 'title', value ->> 'currency', value ->> 'country',
       value ->> 'prices_include_tax', unhex(value ->> 'book_id'), value ->> 'capture_mode', value ->> 'sourcing_rule',
       value ->> 'quote_ttl', value ->> 'version', value ->> 'created_at', value ->> 'updated_at'
FROM json_each(?1)
