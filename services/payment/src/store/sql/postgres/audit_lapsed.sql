-- No reservation is older than the provider keeps one.
SELECT 'pay' AS kind, p.id AS id,
       (p.authorized - p.captured - p.voided) || ' ' || p.currency || ' is reserved since ' ||
       strftime('%Y-%m-%dT%H:%M:%SZ', min(o.created_at) / 1000000, 'unixepoch') || ' and has lapsed' AS detail,
       count(*) OVER () AS total
FROM payment p
JOIN operation o ON o.payment_id = p.id AND o.kind = 'AUTHORIZE' AND o.state = 'SUCCEEDED'
WHERE p.state = 'AUTHORIZED' AND o.created_at < $1::jsonb ->> 'lapsed'
GROUP BY p.id
LIMIT 100
