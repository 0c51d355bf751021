UPDATE event_inbox
SET consumer = ?1 ->> 'consumer'
WHERE consumer = ?1 ->> 'shadow'
