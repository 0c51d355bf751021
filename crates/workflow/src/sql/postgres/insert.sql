INSERT INTO workflow (id, kind, version, subject, step, state, status, due_at, runner, fence, actor, correlation_id,
                      traceparent, created_at, updated_at)
SELECT (value ->> 'id')::uuid, value ->> 'kind', value ->> 'version', value ->> 'subject', value ->> 'step', value ->> 'state',
       'LIVE', value ->> 'due_at', (value ->> 'runner')::uuid, 1, value ->> 'actor', (value ->> 'correlation_id')::uuid,
       value ->> 'traceparent', value ->> 'now', value ->> 'now'
FROM jsonb_array_elements($1::jsonb)
