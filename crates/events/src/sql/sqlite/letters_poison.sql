UPDATE event_letter
SET state = 'POISON', error = ?1 ->> 'error', attempts = attempts + 1
WHERE consumer = ?1 ->> 'consumer'
    AND aggregate_kind = ?1 ->> 'kind'
    AND aggregate_id = ?1 ->> 'id'
    AND aggregate_version = ?1 ->> 'version'
