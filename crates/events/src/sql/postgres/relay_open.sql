-- Whether this holder may take the partition: asked before, because asking costs no commit.
SELECT 1::bigint AS open
FROM event_relay
WHERE part = 0
    AND (
        holder IS NULL
        OR holder = ($1::jsonb ->> 'holder')::uuid
        OR lease_until < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    )
