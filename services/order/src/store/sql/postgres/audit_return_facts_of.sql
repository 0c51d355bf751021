-- $1: {subjects, orders}: these returns, and those of these orders, each with its order.
SELECT returns.return_id, returns.order_id, returns.version, returns.snapshot, orders.snapshot AS ordered
FROM returns
JOIN orders ON orders.order_id = returns.order_id
WHERE returns.return_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'subjects')))
   OR returns.order_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'orders')))
ORDER BY returns.return_id
