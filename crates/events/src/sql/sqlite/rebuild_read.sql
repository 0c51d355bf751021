SELECT consumer, state, events, began_at, ended_at, error
FROM event_rebuild
