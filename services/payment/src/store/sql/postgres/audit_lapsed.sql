-- No reservation is older than the provider keeps one.
SELECT 'pay' AS kind, p.id AS id,
       (p.authorized - p.captured - p.voided) || ' ' || p.currency || ' is reserved since ' ||
       to_char(to_timestamp(min(o.created_at) / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ' and has lapsed' AS detail,
       count(*) OVER () AS total
FROM payment p
JOIN operation o ON o.payment_id = p.id AND o.kind = 'AUTHORIZE' AND o.state = 'SUCCEEDED'
WHERE p.state = 'AUTHORIZED' AND o.created_at < ($1::jsonb ->> 'lapsed')::bigint
GROUP BY p.id
LIMIT 100
