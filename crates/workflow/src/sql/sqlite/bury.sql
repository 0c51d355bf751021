DELETE FROM workflow_runner
WHERE id <> unhex(?1 ->> 'runner')
  AND (?1 ->> 'alone' OR lease_until < CAST(unixepoch('subsec') * 1000000 AS INTEGER))
