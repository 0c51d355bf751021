-- $1: {after, limit}: so many payments behind one of them that have changed since they were found in order.
SELECT id, order_id, credit_id
FROM payment
WHERE version <> closed
  AND id > coalesce(nullif($1::jsonb ->> 'after', '')::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY id
LIMIT ($1::jsonb ->> 'limit')::bigint
