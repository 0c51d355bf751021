-- When an event was applied: what nobody tells again is forgotten.
ALTER TABLE event_seen ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;

UPDATE event_seen SET seen_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER);

CREATE INDEX event_seen_at ON event_seen (seen_at);
