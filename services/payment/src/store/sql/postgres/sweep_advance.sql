UPDATE sweep
SET position = greatest(position, $1::jsonb ->> 'position'), swept_at = $1::jsonb ->> 'swept_at'
WHERE provider = $1::jsonb ->> 'provider'
