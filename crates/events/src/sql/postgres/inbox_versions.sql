WITH given AS MATERIALIZED (SELECT $1::jsonb ->> 'consumer' AS consumer)
INSERT INTO event_inbox (consumer, aggregate_kind, aggregate_id, version, parked)
SELECT given.consumer, event.value ->> 'kind', event.value ->> 'id', max(event.value ->> 'version'), 0
FROM given
JOIN jsonb_array_elements($1::jsonb -> 'events') AS event
GROUP BY 1, 2, 3
ON CONFLICT (consumer, aggregate_kind, aggregate_id)
DO UPDATE SET version = greatest(version, excluded.version)
