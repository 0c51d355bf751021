UPDATE workflow_runner SET lease_until = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + ($1::jsonb ->> 'lease')::bigint
WHERE id = ($1::jsonb ->> 'runner')::uuid
