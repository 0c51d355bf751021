UPDATE event_rebuild
SET events = (SELECT coalesce(sum(position), 0) FROM event_rebuild_source WHERE consumer = ?1 ->> 'consumer')
WHERE consumer = ?1 ->> 'consumer' AND state = 'FILLING'
