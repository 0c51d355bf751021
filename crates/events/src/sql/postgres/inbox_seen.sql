INSERT INTO event_seen (consumer, aggregate_kind, aggregate_id, aggregate_version)
SELECT (SELECT $1::jsonb ->> 'consumer'), event.kind, event.id, event.version
FROM jsonb_to_recordset($1::jsonb -> 'events') AS event(kind text, id text, version bigint)
ORDER BY 2, 3, 4
