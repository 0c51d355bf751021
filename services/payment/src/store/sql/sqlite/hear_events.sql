INSERT INTO provider_event (provider, event_id, seen_at)
SELECT ?1 ->> 'provider', value, ?1 ->> 'now'
FROM json_each(?1, '$.events')
WHERE true
ON CONFLICT (provider, event_id) DO NOTHING
RETURNING event_id
