SELECT subject
FROM order_open
WHERE subject > $1::jsonb ->> 'after'
ORDER BY subject
LIMIT ($1::jsonb ->> 'limit')::bigint
