SELECT count(*) AS left
FROM event_letter
WHERE consumer = ?1 ->> 'consumer'
    AND aggregate_kind = ?1 ->> 'kind'
    AND aggregate_id = ?1 ->> 'id'
    AND state <> 'DISCARDED'
