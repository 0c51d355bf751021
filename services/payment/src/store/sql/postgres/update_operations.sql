WITH new AS (
    SELECT
        (value ->> 0)::uuid AS id,
        value ->> 1 AS state,
        value ->> 2 AS provider_id,
        value ->> 3 AS failure_code,
        (value ->> 4)::bigint AS attempts,
        (value ->> 5)::bigint AS first_sent_at,
        (value ->> 6)::bigint AS last_sent_at,
        (value ->> 7)::boolean::int::bigint AS abandoned,
        (value ->> 8)::boolean::int::bigint AS late,
        (value ->> 9)::uuid AS workflow_id,
        (value ->> 10)::bigint AS updated_at
    FROM jsonb_array_elements($1::jsonb)
)
UPDATE operation
SET
    state = new.state, provider_id = new.provider_id, failure_code = new.failure_code, attempts = new.attempts,
    first_sent_at = new.first_sent_at, last_sent_at = new.last_sent_at, abandoned = new.abandoned, late = new.late,
    workflow_id = new.workflow_id, updated_at = new.updated_at
FROM new
WHERE operation.id = new.id
