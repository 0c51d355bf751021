SELECT EXISTS (SELECT 1 FROM workflow
               WHERE id < ($1::jsonb ->> 'cutoff')::uuid AND status = 'DONE'
                 AND finished_at < ($1::jsonb ->> 'before')::bigint) AS found
