-- ?1: {after, limit}: so many payments behind one of them.
SELECT id, order_id, credit_id
FROM payment
WHERE id > unhex(?1 ->> 'after')
ORDER BY id
LIMIT ?1 ->> 'limit'
