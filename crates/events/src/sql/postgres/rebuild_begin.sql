-- No row: one is under way.
INSERT INTO event_rebuild (consumer, state, events, began_at, ended_at, error)
VALUES ($1::jsonb ->> 'consumer', 'FILLING', 0, ($1::jsonb ->> 'now')::bigint, NULL, NULL)
ON CONFLICT (consumer) DO UPDATE
SET state = 'FILLING', events = 0, began_at = excluded.began_at, ended_at = NULL, error = NULL
WHERE event_rebuild.state <> 'FILLING'
