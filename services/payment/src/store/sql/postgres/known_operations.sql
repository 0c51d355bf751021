SELECT o.id, o.create_key, o.reported, o.state, o.amount, p.currency
FROM operation o
JOIN payment p ON p.id = o.payment_id
WHERE o.id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'ids')))
   OR o.create_key = ANY (ARRAY(SELECT value FROM jsonb_array_elements_text($1::jsonb -> 'keys')))
