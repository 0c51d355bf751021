-- As inbox_claim, of rows that are there: all that a consumer needs whose effects commute.
SELECT 1::bigint AS held
FROM event_inbox AS inbox
WHERE inbox.consumer = (SELECT $1::jsonb ->> 'consumer')
    AND (inbox.aggregate_kind, inbox.aggregate_id) IN (
        SELECT event.kind, event.id
        FROM jsonb_to_recordset($1::jsonb -> 'events') AS event(kind text, id text)
    )
ORDER BY inbox.aggregate_kind, inbox.aggregate_id
FOR UPDATE
