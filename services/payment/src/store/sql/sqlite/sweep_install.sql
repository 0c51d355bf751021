INSERT INTO sweep (provider, workflow_id, position, swept_at)
VALUES (?1 ->> 'provider', unhex(?1 ->> 'workflow_id'), 0, ?1 ->> 'swept_at')
ON CONFLICT (provider) DO NOTHING
