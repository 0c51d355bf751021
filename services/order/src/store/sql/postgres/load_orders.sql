-- Locked one after another in the order of their ids, which every transaction keeps.
SELECT order_id, owner, action_uri, snapshot
FROM orders
WHERE order_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY order_id
FOR UPDATE
