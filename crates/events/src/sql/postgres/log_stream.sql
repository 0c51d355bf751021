SELECT 0::bigint AS position, event.*
FROM event_log AS event
WHERE event.aggregate_kind = $1::jsonb ->> 'kind'
    AND event.aggregate_id = $1::jsonb ->> 'id'
    AND event.aggregate_version > ($1::jsonb ->> 'after')::bigint
ORDER BY event.aggregate_version
LIMIT ($1::jsonb ->> 'limit')::bigint
