INSERT INTO workflow_runner (id, started_at, lease_until)
VALUES (($1::jsonb ->> 'runner')::uuid, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
        (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + ($1::jsonb ->> 'lease'))
