-- Writes entries as they stand now.
-- $1: [{book_id (hex), sku, currency, from_quantity, start_at, id (hex), micros, version, created_at, updated_at}].
INSERT INTO pricing_price
  (book_id, sku, currency, from_quantity, start_at, id, micros, version, created_at, updated_at)
SELECT (value ->> 'book_id')::uuid, value ->> 'sku', value ->> 'currency', value ->> 'from_quantity',
       value ->> 'start_at', (value ->> 'id')::uuid, value ->> 'micros', value ->> 'version', value ->> 'created_at',
       value ->> 'updated_at'
FROM jsonb_array_elements($1::jsonb)
WHERE true
ON CONFLICT (book_id, sku, currency, from_quantity, start_at) DO UPDATE SET
  micros = excluded.micros, version = excluded.version, updated_at = excluded.updated_at
