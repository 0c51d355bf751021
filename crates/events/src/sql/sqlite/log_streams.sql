SELECT 0 AS position, event.*
FROM event_log AS event
WHERE event.aggregate_kind = ?1 ->> 'kind'
  AND event.aggregate_id IN (SELECT value FROM json_each(?1, '$.ids'))
ORDER BY event.aggregate_id, event.aggregate_version
