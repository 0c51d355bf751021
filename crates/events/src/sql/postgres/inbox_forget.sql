DELETE FROM event_inbox
WHERE consumer = $1::jsonb ->> 'consumer'
