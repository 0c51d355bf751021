-- Writes entries as they stand now: those that are locked, and new ones; one that another call made meanwhile is a unique
-- violation. $1: [{book_id, sku, currency, from_quantity, start_at, id, micros, version, created_at, updated_at}].
WITH x AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(
    book_id uuid, sku text, currency text, from_quantity bigint, start_at bigint, id uuid, micros bigint, version bigint,
    created_at bigint, updated_at bigint)
), changed AS (
  UPDATE pricing_price AS p
  SET micros = x.micros, version = x.version, updated_at = x.updated_at
  FROM x
  WHERE p.book_id = x.book_id AND p.sku = x.sku AND p.currency = x.currency AND p.from_quantity = x.from_quantity
    AND p.start_at = x.start_at AND p.id = x.id
  RETURNING p.id
)
INSERT INTO pricing_price
  (book_id, sku, currency, from_quantity, start_at, id, micros, version, created_at, updated_at)
SELECT x.book_id, x.sku, x.currency, x.from_quantity, x.start_at, x.id, x.micros, x.version, x.created_at, x.updated_at
FROM x
WHERE NOT EXISTS (SELECT 1 FROM changed WHERE changed.id = x.id)
ORDER BY x.book_id, x.sku, x.currency, x.from_quantity, x.start_at
