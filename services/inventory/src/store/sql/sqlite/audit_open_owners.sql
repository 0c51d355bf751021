-- ?1: {after, limit}: so many owners behind this one of holds that are open.
SELECT DISTINCT owner
FROM inventory_hold
WHERE version <> closed AND owner > unhex(?1 ->> 'after')
ORDER BY owner
LIMIT ?1 ->> 'limit'
