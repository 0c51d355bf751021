-- No operation stays without a result for long; one that waits for the customer not for long after his time.
SELECT 'op' AS kind, id AS id,
       kind || ' is ' || state || ' since ' || strftime('%Y-%m-%dT%H:%M:%SZ', created_at / 1000000, 'unixepoch') AS detail,
       count(*) OVER () AS total
FROM operation
WHERE state IN ('PENDING', 'UNKNOWN') AND created_at < ?1 ->> 'before'
  AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = payment_id AND p.action_until >= ?1 ->> 'before')
ORDER BY created_at
LIMIT 100
