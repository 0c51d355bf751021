SELECT id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
       last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
FROM operation
WHERE payment_id = ($1::jsonb ->> 'payment')::uuid
  AND id > coalesce(nullif($1::jsonb ->> 'after', '')::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY id
LIMIT ($1::jsonb ->> 'limit')::bigint
