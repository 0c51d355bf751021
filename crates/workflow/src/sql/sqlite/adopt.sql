UPDATE workflow
SET runner = unhex(?1 ->> 'runner'), fence = fence + 1
WHERE status <> 'DONE'
  AND id IN (SELECT id FROM workflow WHERE status = 'LIVE' UNION ALL SELECT id FROM workflow WHERE status = 'STUCK')
  AND runner NOT IN (SELECT id FROM workflow_runner)
