DELETE FROM event_seen
WHERE consumer = $1::jsonb ->> 'consumer'
