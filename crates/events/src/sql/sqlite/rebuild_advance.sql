-- Two that fill the same shadow do no harm; the position is that of the one who is further.
INSERT INTO event_rebuild_source (consumer, source, position)
VALUES (?1 ->> 'consumer', ?1 ->> 'source', ?1 ->> 'position')
ON CONFLICT (consumer, source) DO UPDATE SET position = max(position, excluded.position)
