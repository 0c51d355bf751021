UPDATE event_rebuild
SET state = ?1 ->> 'state', ended_at = ?1 ->> 'now', error = ?1 ->> 'error'
WHERE consumer = ?1 ->> 'consumer' AND state = 'FILLING'
