-- $1: orders; those that have used their quote otherwise than it says.
SELECT orders.order_id, orders.quote_id
FROM orders
LEFT JOIN quotes ON quotes.quote_id = orders.quote_id
WHERE orders.order_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
  AND (quotes.used_by IS NULL OR quotes.used_by <> orders.order_id)
ORDER BY orders.order_id
