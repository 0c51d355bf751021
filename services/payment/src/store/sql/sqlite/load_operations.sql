SELECT id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
       last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
FROM operation
WHERE payment_id IN (SELECT unhex(value) FROM json_each(?1, '$.payments'))
UNION
SELECT id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
       last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
FROM operation
WHERE create_key IN (SELECT value FROM json_each(?1, '$.keys'))
ORDER BY created_at, id
