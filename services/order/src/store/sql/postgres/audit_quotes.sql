-- Quotes that were used otherwise than their orders say: at most as many as asked for, with the number of all.
WITH wrong AS (
  SELECT orders.order_id AS order_id, orders.quote_id AS quote_id
  FROM orders
  LEFT JOIN quotes ON quotes.quote_id = orders.quote_id
  WHERE quotes.used_by IS NULL OR quotes.used_by <> orders.order_id
  UNION ALL
  SELECT quotes.used_by AS order_id, quotes.quote_id AS quote_id
  FROM quotes
  LEFT JOIN orders ON orders.order_id = quotes.used_by
  WHERE quotes.used_by IS NOT NULL AND orders.order_id IS NULL
)
SELECT order_id, quote_id, (SELECT count(*) FROM wrong) AS wrong, (SELECT count(*) FROM orders) AS examined
FROM (SELECT 1) AS one
LEFT JOIN (SELECT order_id, quote_id FROM wrong ORDER BY order_id LIMIT ($1::jsonb ->> 'limit')::bigint) AS listed ON true
