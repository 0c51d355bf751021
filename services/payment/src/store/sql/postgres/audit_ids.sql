-- $1: {after, limit}: so many payments behind one of them.
SELECT id, order_id, credit_id
FROM payment
WHERE id > coalesce(nullif($1::jsonb ->> 'after', '')::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY id
LIMIT ($1::jsonb ->> 'limit')::bigint
