-- What a dead process put off is looked at again by the next: by whose clock it was put off, and how that differs from ours,
-- nobody knows. Who looks too early waits again.
UPDATE workflow
SET runner = unhex(?1 ->> 'runner'), fence = fence + 1, due_at = min(due_at, ?1 ->> 'now')
WHERE status <> 'DONE'
  AND id IN (SELECT id FROM workflow WHERE status = 'LIVE' UNION ALL SELECT id FROM workflow WHERE status = 'STUCK')
  AND runner NOT IN (SELECT id FROM workflow_runner)
