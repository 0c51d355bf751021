SELECT subject
FROM order_open
WHERE subject > ?1 ->> 'after'
ORDER BY subject
LIMIT ?1 ->> 'limit'
