-- What a person gave up stays on record, unless all are to go.
DELETE FROM event_letter
WHERE consumer = $1::jsonb ->> 'consumer' AND (($1::jsonb ->> 'all')::boolean OR state <> 'DISCARDED')
