SELECT *
FROM event_letter
WHERE consumer = $1::jsonb ->> 'consumer'
    AND (aggregate_kind, aggregate_id, aggregate_version)
        > ($1::jsonb #>> '{after,0}', $1::jsonb #>> '{after,1}', ($1::jsonb #>> '{after,2}')::bigint)
ORDER BY aggregate_kind, aggregate_id, aggregate_version
LIMIT ($1::jsonb ->> 'limit')::bigint
