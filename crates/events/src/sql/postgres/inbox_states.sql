-- Only for events about which something is known; the rows are locked before.
WITH event AS (
    SELECT *
    FROM ROWS FROM (
        jsonb_to_recordset($1::jsonb -> 'events') AS (kind text, id text, version bigint)
    ) WITH ORDINALITY AS event(kind, id, version, place)
)
SELECT
    event.place - 1 AS place,
    inbox.version AS last,
    inbox.parked AS parked,
    (seen.consumer IS NOT NULL)::int::bigint AS seen
FROM event
LEFT JOIN event_inbox AS inbox
    ON inbox.consumer = (SELECT $1::jsonb ->> 'consumer')
    AND inbox.aggregate_kind = event.kind
    AND inbox.aggregate_id = event.id
LEFT JOIN event_seen AS seen
    ON seen.consumer = (SELECT $1::jsonb ->> 'consumer')
    AND seen.aggregate_kind = event.kind
    AND seen.aggregate_id = event.id
    AND seen.aggregate_version = event.version
WHERE inbox.consumer IS NOT NULL OR seen.consumer IS NOT NULL
