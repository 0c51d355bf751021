UPDATE workflow
SET runner = ($1::jsonb ->> 'runner')::uuid, fence = fence + 1
WHERE status <> 'DONE'
  AND id IN (SELECT id FROM workflow WHERE status = 'LIVE' UNION ALL SELECT id FROM workflow WHERE status = 'STUCK')
  AND runner NOT IN (SELECT id FROM workflow_runner)
