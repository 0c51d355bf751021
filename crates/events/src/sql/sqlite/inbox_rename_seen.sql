UPDATE event_seen
SET consumer = ?1 ->> 'consumer'
WHERE consumer = ?1 ->> 'shadow'
