SELECT coalesce((SELECT min(finished_at) FROM workflow WHERE status = 'DONE') < ($1::jsonb ->> 'before')::bigint, false) AS found
