-- ?1: {after, limit}: so many payments behind one of them that have changed since they were found in order.
SELECT id, order_id, credit_id
FROM payment
WHERE version <> closed AND id > unhex(?1 ->> 'after')
ORDER BY id
LIMIT ?1 ->> 'limit'
