UPDATE workflow_runner SET lease_until = CAST(unixepoch('subsec') * 1000000 AS INTEGER) + (?1 ->> 'lease')
WHERE id = unhex(?1 ->> 'runner')
