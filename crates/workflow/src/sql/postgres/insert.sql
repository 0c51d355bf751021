-- What the caller's clock says is taken as a distance from his own now.
INSERT INTO workflow (id, kind, version, subject, step, state, status, due_at, runner, fence, actor, correlation_id,
                      traceparent, created_at, updated_at)
SELECT x.id, x.kind, x.version, x.subject, x.step, x.state, 'LIVE',
       least(x.due_at - x.now, 9223372036854775807 - clock.now) + clock.now,
       x.runner, 1, x.actor, x.correlation_id, x.traceparent, clock.now, clock.now
FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, kind text, version bigint, subject text, step text, state text,
                                        due_at bigint, runner uuid, actor text, correlation_id uuid, traceparent text,
                                        now bigint),
     (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) AS clock
