INSERT INTO sweep (provider, workflow_id, position, swept_at)
VALUES ($1::jsonb ->> 'provider', ($1::jsonb ->> 'workflow_id')::uuid, 0, ($1::jsonb ->> 'swept_at')::bigint)
ON CONFLICT (provider) DO NOTHING
