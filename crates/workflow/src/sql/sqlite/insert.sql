-- each
INSERT INTO workflow (id, kind, version, subject, step, state, status, due_at, runner, fence, actor, correlation_id,
                      traceparent, created_at, updated_at)
VALUES (
    unhex(:id), :kind, :version, :subject, :step, :state,
       'LIVE', :due_at, unhex(:runner), 1, :actor, unhex(:correlation_id),
       :traceparent, :now, :now
)
