SELECT *
FROM event_letter
WHERE consumer = ?1 ->> 'consumer' AND event_id = unhex(?1 ->> 'event_id')
