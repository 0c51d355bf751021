-- $1: {after, limit}: so many owners behind this one of holds that are open.
SELECT DISTINCT owner
FROM inventory_hold
WHERE version <> closed
    AND owner > coalesce(nullif($1::jsonb ->> 'after', ''), '00000000000000000000000000000000')::uuid
ORDER BY owner
LIMIT ($1::jsonb ->> 'limit')::bigint
