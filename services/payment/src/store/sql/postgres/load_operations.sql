SELECT id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
       last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
FROM operation
WHERE payment_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments')))
UNION
SELECT id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
       last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
FROM operation
WHERE create_key = ANY (ARRAY(SELECT value FROM jsonb_array_elements_text($1::jsonb -> 'keys')))
ORDER BY created_at, id
