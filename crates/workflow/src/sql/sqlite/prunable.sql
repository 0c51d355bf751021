SELECT EXISTS (SELECT 1 FROM workflow
               WHERE id < unhex(?1 ->> 'cutoff') AND status = 'DONE' AND finished_at < ?1 ->> 'before') AS found
