-- ?1: {now}: one row when the time of any hold is over.
SELECT 1 AS one
FROM inventory_hold
WHERE state = 'HELD' AND expires_at IS NOT NULL AND expires_at <= ?1 ->> 'now'
ORDER BY expires_at
LIMIT 1
