SELECT kind, status, count(*) AS count, min(created_at) AS oldest FROM workflow WHERE status = 'LIVE' GROUP BY kind
UNION ALL
SELECT kind, status, count(*) AS count, min(created_at) AS oldest FROM workflow WHERE status = 'STUCK' GROUP BY kind
