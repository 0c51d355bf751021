SELECT
    (SELECT count(*) FROM event_seen WHERE consumer = $1::jsonb ->> 'consumer')
        + (SELECT count(*) FROM event_inbox WHERE consumer = $1::jsonb ->> 'consumer' AND version > 0) AS recorded,
    (SELECT count(*) FROM event_letter WHERE consumer = $1::jsonb ->> 'consumer' AND state <> 'DISCARDED') AS letters
