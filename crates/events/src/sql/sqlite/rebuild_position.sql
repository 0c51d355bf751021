SELECT position
FROM event_rebuild_source
WHERE consumer = ?1 ->> 'consumer' AND source = ?1 ->> 'source'
