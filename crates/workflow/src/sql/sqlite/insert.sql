INSERT INTO workflow (id, kind, version, subject, step, state, status, due_at, runner, fence, actor, correlation_id,
                      traceparent, created_at, updated_at)
SELECT unhex(value ->> 'id'), value ->> 'kind', value ->> 'version', value ->> 'subject', value ->> 'step', value ->> 'state',
       'LIVE', value ->> 'due_at', unhex(value ->> 'runner'), 1, value ->> 'actor', unhex(value ->> 'correlation_id'),
       value ->> 'traceparent', value ->> 'now', value ->> 'now'
FROM json_each(?1)
