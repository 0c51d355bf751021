INSERT INTO operation (id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts,
                       first_sent_at, last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent,
                       created_at, updated_at)
SELECT unhex(value ->> 'id'), unhex(value ->> 'payment_id'), value ->> 'kind', value ->> 'state', value ->> 'amount',
       value ->> 'create_key', unhex(value ->> 'target'), value ->> 'provider_id', value ->> 'failure_code',
       value ->> 'attempts', value ->> 'first_sent_at', value ->> 'last_sent_at', value ->> 'abandoned',
       value ->> 'late', unhex(value ->> 'workflow_id'), value ->> 'actor', unhex(value ->> 'correlation_id'),
       value ->> 'traceparent', value ->> 'created_at', value ->> 'updated_at'
FROM json_each(?1)
WHERE true
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state,
    provider_id = excluded.provider_id,
    failure_code = excluded.failure_code,
    attempts = excluded.attempts,
    first_sent_at = excluded.first_sent_at,
    last_sent_at = excluded.last_sent_at,
    abandoned = excluded.abandoned,
    late = excluded.late,
    workflow_id = excluded.workflow_id,
    updated_at = excluded.updated_at
