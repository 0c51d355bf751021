SELECT *
FROM event_letter
WHERE consumer = ?1 ->> 'consumer'
    AND (aggregate_kind, aggregate_id, aggregate_version)
        > (?1 ->> '$.after[0]', ?1 ->> '$.after[1]', ?1 ->> '$.after[2]')
ORDER BY aggregate_kind, aggregate_id, aggregate_version
LIMIT ?1 ->> 'limit'
