-- What a person gave up stays on record, unless all are to go.
DELETE FROM event_letter
WHERE consumer = ?1 ->> 'consumer' AND (?1 ->> 'all' OR state <> 'DISCARDED')
