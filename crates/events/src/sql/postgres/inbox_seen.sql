WITH given AS MATERIALIZED (SELECT $1::jsonb ->> 'consumer' AS consumer)
INSERT INTO event_seen (consumer, aggregate_kind, aggregate_id, aggregate_version)
SELECT given.consumer, event.value ->> 'kind', event.value ->> 'id', event.value ->> 'version'
FROM given
JOIN jsonb_array_elements($1::jsonb -> 'events') AS event
