UPDATE sweep
SET position = max(position, ?1 ->> 'position'), swept_at = ?1 ->> 'swept_at'
WHERE provider = ?1 ->> 'provider'
