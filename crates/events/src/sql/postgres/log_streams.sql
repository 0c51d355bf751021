SELECT 0::bigint AS position, event.*
FROM event_log AS event
WHERE event.aggregate_kind = $1::jsonb ->> 'kind'
    AND event.aggregate_id IN (SELECT jsonb_array_elements_text($1::jsonb -> 'ids'))
ORDER BY event.aggregate_id, event.aggregate_version
