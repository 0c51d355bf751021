SELECT (SELECT count(*) FROM event_seen WHERE consumer = ?1 ->> 'consumer')
       + (SELECT count(*) FROM event_inbox WHERE consumer = ?1 ->> 'consumer' AND version > 0) AS recorded,
       (SELECT count(*) FROM event_letter WHERE consumer = ?1 ->> 'consumer' AND state <> 'DISCARDED') AS letters
