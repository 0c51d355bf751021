-- ?1: orders; those that have used their quote otherwise than it says.
SELECT orders.order_id, orders.quote_id
FROM orders
LEFT JOIN quotes ON quotes.quote_id = orders.quote_id
WHERE orders.order_id IN (SELECT unhex(value) FROM json_each(?1))
  AND (quotes.used_by IS NULL OR quotes.used_by <> orders.order_id)
ORDER BY orders.order_id
