SELECT id, kind, version, subject, step, status, due_at, attempt, runner, fence, waiting_on, last_error, actor,
       traceparent, created_at, updated_at, finished_at
FROM workflow WHERE id = ($1::jsonb ->> 'id')::uuid
