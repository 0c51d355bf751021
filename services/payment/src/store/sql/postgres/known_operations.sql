SELECT o.id, o.state, o.amount, p.currency
FROM operation o
JOIN payment p ON p.id = o.payment_id
WHERE o.id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb))
