INSERT INTO event_inbox (consumer, aggregate_kind, aggregate_id, version, parked)
SELECT (SELECT $1::jsonb ->> 'consumer'), event.kind, event.id, max(event.version), 0
FROM jsonb_to_recordset($1::jsonb -> 'events') AS event(kind text, id text, version bigint)
GROUP BY 1, 2, 3
ORDER BY 2, 3
ON CONFLICT (consumer, aggregate_kind, aggregate_id)
DO UPDATE SET version = greatest(event_inbox.version, excluded.version)
