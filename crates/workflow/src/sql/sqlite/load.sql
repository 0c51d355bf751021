SELECT id, kind, version, subject, step, attempt, fence, woken, state, actor, traceparent, correlation_id FROM workflow
WHERE id = unhex(?1 ->> 'id') AND runner = unhex(?1 ->> 'runner') AND status = 'LIVE'
