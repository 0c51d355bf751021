-- What could not be applied is to be tried again; until then its aggregate stays parked.
UPDATE event_letter
SET state = 'QUEUED'
WHERE consumer = ?1 ->> 'consumer'
    AND aggregate_kind = ?1 ->> 'kind'
    AND aggregate_id = ?1 ->> 'id'
    AND state = 'POISON'
