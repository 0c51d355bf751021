-- No operation stays without a result for long.
SELECT 'op' AS kind, id AS id,
       kind || ' is ' || state || ' since ' || strftime('%Y-%m-%dT%H:%M:%SZ', created_at / 1000000, 'unixepoch') AS detail,
       count(*) OVER () AS total
FROM operation
WHERE state IN ('PENDING', 'UNKNOWN') AND created_at < $1::jsonb ->> 'before'
ORDER BY created_at
LIMIT 100
