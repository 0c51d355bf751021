SELECT *
FROM event_letter
WHERE ($1::jsonb ->> 'consumer' IS NULL OR consumer = $1::jsonb ->> 'consumer')
    AND CASE WHEN $1::jsonb ->> 'state' IS NULL THEN state <> 'DISCARDED' ELSE state = $1::jsonb ->> 'state' END
    AND (consumer, aggregate_kind, aggregate_id, aggregate_version)
        > (
            $1::jsonb #>> '{after,0}',
            $1::jsonb #>> '{after,1}',
            $1::jsonb #>> '{after,2}',
            ($1::jsonb #>> '{after,3}')::bigint
        )
ORDER BY consumer, aggregate_kind, aggregate_id, aggregate_version
LIMIT ($1::jsonb ->> 'limit')::bigint
