SELECT id, kind, version, subject, step, status, due_at, attempt, runner, fence, waiting_on, last_error, actor,
       traceparent, created_at, updated_at, finished_at
FROM workflow
WHERE id > unhex(?1 ->> 'after')
  AND (?1 ->> 'kind' IS NULL OR kind = ?1 ->> 'kind')
  AND (status = ?1 ->> 'status' OR (?1 ->> 'status' IS NULL AND status <> 'DONE'))
  AND (?1 ->> 'at' IS NULL OR (due_at <= ?1 ->> 'at') = (?1 ->> 'due'))
  AND (?1 ->> 'subject' IS NULL OR subject = ?1 ->> 'subject')
ORDER BY id LIMIT ?1 ->> 'limit'
