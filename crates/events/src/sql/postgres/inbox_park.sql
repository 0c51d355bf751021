INSERT INTO event_inbox (consumer, aggregate_kind, aggregate_id, version, parked)
SELECT DISTINCT (SELECT $1::jsonb ->> 'consumer'), event.kind, event.id, 0, 1
FROM jsonb_to_recordset($1::jsonb -> 'events') AS event(kind text, id text)
ORDER BY 2, 3
ON CONFLICT (consumer, aggregate_kind, aggregate_id) DO UPDATE SET parked = 1
