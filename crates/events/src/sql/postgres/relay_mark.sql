-- Locks the row until the commit: whoever gives positions in this transaction is alone.
UPDATE event_relay
SET published = ($1::jsonb ->> 'published')::bigint,
    lease_until = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + ($1::jsonb ->> 'lease')::bigint
WHERE part = 0 AND fence = ($1::jsonb ->> 'fence')::bigint
