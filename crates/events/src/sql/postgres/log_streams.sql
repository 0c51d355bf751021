SELECT 0 AS position, event.*
FROM event_log AS event
WHERE event.aggregate_kind = $1::jsonb ->> 'kind'
  AND event.aggregate_id IN (SELECT value FROM jsonb_array_elements($1::jsonb -> 'ids'))
ORDER BY event.aggregate_id, event.aggregate_version
