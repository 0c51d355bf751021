INSERT INTO provider_event (provider, event_id, seen_at)
SELECT DISTINCT $1::jsonb ->> 'provider', value, ($1::jsonb ->> 'now')::bigint
FROM jsonb_array_elements_text($1::jsonb -> 'events')
ORDER BY value
ON CONFLICT (provider, event_id) DO NOTHING
RETURNING event_id
