SELECT *
FROM event_letter
WHERE (?1 ->> 'consumer' IS NULL OR consumer = ?1 ->> 'consumer')
    AND CASE WHEN ?1 ->> 'state' IS NULL THEN state <> 'DISCARDED' ELSE state = ?1 ->> 'state' END
    AND (consumer, aggregate_kind, aggregate_id, aggregate_version)
        > (?1 ->> '$.after[0]', ?1 ->> '$.after[1]', ?1 ->> '$.after[2]', ?1 ->> '$.after[3]')
ORDER BY consumer, aggregate_kind, aggregate_id, aggregate_version
LIMIT ?1 ->> 'limit'
