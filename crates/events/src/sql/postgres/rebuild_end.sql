UPDATE event_rebuild
SET state = $1::jsonb ->> 'state', ended_at = ($1::jsonb ->> 'now')::bigint, error = $1::jsonb ->> 'error'
WHERE consumer = $1::jsonb ->> 'consumer' AND state = 'FILLING'
