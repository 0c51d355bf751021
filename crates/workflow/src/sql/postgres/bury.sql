DELETE FROM workflow_runner
WHERE id <> ($1::jsonb ->> 'runner')::uuid
  AND ($1::jsonb ->> 'alone' OR lease_until < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
