SELECT position
FROM event_rebuild_source
WHERE consumer = $1::jsonb ->> 'consumer' AND source = $1::jsonb ->> 'source'
