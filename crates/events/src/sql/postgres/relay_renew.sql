UPDATE event_relay
SET lease_until = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + ($1::jsonb ->> 'lease')::bigint
WHERE part = 0 AND fence = ($1::jsonb ->> 'fence')::bigint
