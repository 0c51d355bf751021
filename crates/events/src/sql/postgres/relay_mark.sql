UPDATE event_relay
SET published = $1::jsonb ->> 'published'
WHERE part = 0 AND fence = $1::jsonb ->> 'fence'
