-- Two that fill the same shadow do no harm; the position is that of the one who is further.
INSERT INTO event_rebuild_source (consumer, source, position)
VALUES ($1::jsonb ->> 'consumer', $1::jsonb ->> 'source', ($1::jsonb ->> 'position')::bigint)
ON CONFLICT (consumer, source)
DO UPDATE SET position = greatest(event_rebuild_source.position, excluded.position)
