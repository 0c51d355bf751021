-- What could not be applied is to be tried again; until then its aggregate stays parked.
UPDATE event_letter
SET state = 'QUEUED'
WHERE consumer = $1::jsonb ->> 'consumer'
    AND aggregate_kind = $1::jsonb ->> 'kind'
    AND aggregate_id = $1::jsonb ->> 'id'
    AND state = 'POISON'
