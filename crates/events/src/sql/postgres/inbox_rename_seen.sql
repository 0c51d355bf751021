UPDATE event_seen
SET consumer = $1::jsonb ->> 'consumer'
WHERE consumer = $1::jsonb ->> 'shadow'
