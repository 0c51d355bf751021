UPDATE sweep
SET position = greatest(position, ($1::jsonb ->> 'position')::bigint), swept_at = ($1::jsonb ->> 'swept_at')::bigint
WHERE provider = $1::jsonb ->> 'provider'
