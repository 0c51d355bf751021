SELECT DISTINCT credit_id AS id
FROM payment
WHERE credit_id IS NOT NULL AND credit_id > unhex(?1 ->> 'after')
ORDER BY credit_id
LIMIT ?1 ->> 'limit'
