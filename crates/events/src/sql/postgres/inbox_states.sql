-- Only for events about which something is known.
WITH given AS MATERIALIZED (SELECT $1::jsonb ->> 'consumer' AS consumer)
SELECT
    event.key AS place,
    inbox.version AS last,
    inbox.parked AS parked,
    seen.consumer IS NOT NULL AS seen
FROM given
JOIN jsonb_array_elements($1::jsonb -> 'events') AS event
LEFT JOIN event_inbox AS inbox
    ON inbox.consumer = given.consumer
    AND inbox.aggregate_kind = event.value ->> 'kind'
    AND inbox.aggregate_id = event.value ->> 'id'
LEFT JOIN event_seen AS seen
    ON seen.consumer = given.consumer
    AND seen.aggregate_kind = event.value ->> 'kind'
    AND seen.aggregate_id = event.value ->> 'id'
    AND seen.aggregate_version = event.value ->> 'version'
WHERE inbox.consumer IS NOT NULL OR seen.consumer IS NOT NULL
