SELECT id, kind, version, subject, step, attempt, fence, woken, state, actor, traceparent, correlation_id FROM workflow
WHERE id = ($1::jsonb ->> 'id')::uuid AND runner = ($1::jsonb ->> 'runner')::uuid AND status = 'LIVE'
