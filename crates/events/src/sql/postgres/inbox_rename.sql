UPDATE event_inbox
SET consumer = $1::jsonb ->> 'consumer'
WHERE consumer = $1::jsonb ->> 'shadow'
