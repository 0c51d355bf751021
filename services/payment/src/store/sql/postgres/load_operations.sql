SELECT id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
       last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at
FROM operation
WHERE payment_id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb -> 'payments'))
UNION
SELECT id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
       last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at
FROM operation
WHERE create_key IN (SELECT value FROM jsonb_array_elements($1::jsonb -> 'keys'))
ORDER BY created_at, id
