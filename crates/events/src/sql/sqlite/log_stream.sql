SELECT 0 AS position, event.*
FROM event_log AS event
WHERE event.aggregate_kind = ?1 ->> 'kind'
  AND event.aggregate_id = ?1 ->> 'id'
  AND event.aggregate_version > ?1 ->> 'after'
ORDER BY event.aggregate_version
LIMIT ?1 ->> 'limit'
