-- $1: {orders, credits}: their payments, locked.
SELECT id, order_id, credit_id, version
FROM payment
WHERE order_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'orders')))
   OR credit_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'credits')))
ORDER BY id
FOR UPDATE
