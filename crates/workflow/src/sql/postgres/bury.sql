-- Who is being renewed or buried at this moment is passed over: two runners that wake together must not wait for each other.
DELETE FROM workflow_runner
WHERE id IN (SELECT r.id FROM workflow_runner AS r
             WHERE r.id <> ($1::jsonb ->> 'runner')::uuid
               AND (($1::jsonb ->> 'alone')::boolean OR r.lease_until < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
             FOR UPDATE SKIP LOCKED)
