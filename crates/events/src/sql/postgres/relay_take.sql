-- Whose lease has lapsed by the clock of this database is taken for dead; his fence is no longer good.
UPDATE event_relay
SET holder = ($1::jsonb ->> 'holder')::uuid,
    fence = fence + 1,
    lease_until = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + ($1::jsonb ->> 'lease')::bigint
WHERE part = 0
    AND (
        holder IS NULL
        OR holder = ($1::jsonb ->> 'holder')::uuid
        OR lease_until < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    )
RETURNING fence, published
