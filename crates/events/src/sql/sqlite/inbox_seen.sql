WITH given AS MATERIALIZED (SELECT ?1 ->> 'consumer' AS consumer)
INSERT INTO event_seen (consumer, aggregate_kind, aggregate_id, aggregate_version, seen_at)
SELECT given.consumer, event.value ->> 'kind', event.value ->> 'id', event.value ->> 'version',
       CAST(unixepoch('subsec') * 1000000 AS INTEGER)
FROM given
JOIN json_each(?1, '$.events') AS event
