-- No operation stays without a result for long; one that waits for the customer not for long after his time.
SELECT 'op' AS kind, id AS id,
       kind || ' is ' || state || ' since ' || to_char(to_timestamp(created_at / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS detail,
       count(*) OVER () AS total
FROM operation
WHERE state IN ('PENDING', 'UNKNOWN') AND created_at < ($1::jsonb ->> 'before')::bigint
  AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = payment_id AND p.action_until >= ($1::jsonb ->> 'before')::bigint)
ORDER BY created_at
LIMIT 100
