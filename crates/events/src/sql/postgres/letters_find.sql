SELECT *
FROM event_letter
WHERE consumer = $1::jsonb ->> 'consumer' AND event_id = ($1::jsonb ->> 'event_id')::uuid
