UPDATE event_relay
SET published = ?1 ->> 'published'
WHERE part = 0 AND fence = ?1 ->> 'fence'
