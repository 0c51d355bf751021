SELECT o.id, o.create_key, o.reported, o.state, o.amount, p.currency
FROM operation o
JOIN payment p ON p.id = o.payment_id
WHERE o.id IN (SELECT unhex(value) FROM json_each(?1, '$.ids'))
   OR o.create_key IN (SELECT value FROM json_each(?1, '$.keys'))
