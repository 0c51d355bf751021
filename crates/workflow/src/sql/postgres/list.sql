SELECT id, kind, version, subject, step, status, due_at, attempt, runner, fence, waiting_on, last_error, actor,
       traceparent, created_at, updated_at, finished_at
FROM workflow
WHERE id > ($1::jsonb ->> 'after')::uuid
  AND ($1::jsonb ->> 'kind' IS NULL OR kind = $1::jsonb ->> 'kind')
  AND (status = $1::jsonb ->> 'status' OR ($1::jsonb ->> 'status' IS NULL AND status <> 'DONE'))
  AND ($1::jsonb ->> 'at' IS NULL OR (due_at <= $1::jsonb ->> 'at') = ($1::jsonb ->> 'due'))
  AND ($1::jsonb ->> 'subject' IS NULL OR subject = $1::jsonb ->> 'subject')
ORDER BY id LIMIT $1::jsonb ->> 'limit'
