DELETE FROM event_seen
WHERE ctid = ANY (ARRAY(
    SELECT ctid
    FROM event_seen
    WHERE seen_at < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - ($1::jsonb ->> 'keep')::bigint
    ORDER BY seen_at
    LIMIT ($1::jsonb ->> 'most')::bigint
    FOR UPDATE SKIP LOCKED
))
