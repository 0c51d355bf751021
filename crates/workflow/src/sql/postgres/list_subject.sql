SELECT w.id, w.kind, w.version, w.subject, w.step, w.status, w.due_at, w.attempt, w.runner, w.fence, w.waiting_on,
       w.last_error, w.actor, w.traceparent, w.created_at, w.updated_at, w.finished_at
FROM workflow AS w, jsonb_to_record($1::jsonb) AS ask(kind text, status text, subject text, at bigint, due boolean, after text)
WHERE w.id > coalesce(nullif(ask.after, '')::uuid, '00000000-0000-0000-0000-000000000000')
  AND (w.status = ask.status OR (ask.status IS NULL AND w.status <> 'DONE'))
  AND w.subject = ask.subject
  AND (ask.kind IS NULL OR w.kind = ask.kind)
  AND (ask.at IS NULL OR (w.due_at <= ask.at) = ask.due)
ORDER BY w.id LIMIT ($1::jsonb ->> 'limit')::bigint
