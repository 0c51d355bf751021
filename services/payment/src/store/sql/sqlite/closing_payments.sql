-- ?1: {orders, credits}: their payments.
SELECT id, order_id, credit_id, version
FROM payment
WHERE order_id IN (SELECT unhex(value) FROM json_each(?1, '$.orders'))
   OR credit_id IN (SELECT unhex(value) FROM json_each(?1, '$.credits'))
ORDER BY id
