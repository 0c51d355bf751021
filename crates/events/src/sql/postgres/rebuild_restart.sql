DELETE FROM event_rebuild_source
WHERE consumer = $1::jsonb ->> 'consumer'
