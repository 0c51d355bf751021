SELECT kind, status, count(*) AS count, min(created_at) AS oldest FROM workflow WHERE status <> 'DONE' GROUP BY kind, status
