WITH given AS MATERIALIZED (SELECT $1::jsonb ->> 'consumer' AS consumer)
INSERT INTO event_inbox (consumer, aggregate_kind, aggregate_id, version, parked)
SELECT given.consumer, event.value ->> 'kind', event.value ->> 'id', 0, 1
FROM given
JOIN jsonb_array_elements($1::jsonb -> 'events') AS event
WHERE true
ON CONFLICT (consumer, aggregate_kind, aggregate_id) DO UPDATE SET parked = 1
