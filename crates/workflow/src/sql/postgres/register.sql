INSERT INTO workflow_runner (id, started_at, lease_until)
SELECT ($1::jsonb ->> 'runner')::uuid, clock.now, clock.now + ($1::jsonb ->> 'lease')::bigint
FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) AS clock
