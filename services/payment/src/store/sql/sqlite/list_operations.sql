SELECT id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
       last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
FROM operation
WHERE payment_id = unhex(?1 ->> 'payment') AND id > unhex(?1 ->> 'after')
ORDER BY id
LIMIT ?1 ->> 'limit'
