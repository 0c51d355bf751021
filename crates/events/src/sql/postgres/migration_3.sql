-- When an event was applied: what nobody tells again is forgotten.
ALTER TABLE event_seen ADD COLUMN seen_at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

CREATE INDEX event_seen_at ON event_seen (seen_at);
