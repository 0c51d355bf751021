SELECT count(*) AS "left"
FROM event_letter
WHERE consumer = $1::jsonb ->> 'consumer'
    AND aggregate_kind = $1::jsonb ->> 'kind'
    AND aggregate_id = $1::jsonb ->> 'id'
    AND state <> 'DISCARDED'
