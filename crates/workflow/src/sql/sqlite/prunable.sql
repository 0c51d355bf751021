SELECT EXISTS (SELECT 1 FROM (SELECT status, finished_at FROM workflow ORDER BY id LIMIT 100)
               WHERE status = 'DONE' AND finished_at < ?1) AS found
