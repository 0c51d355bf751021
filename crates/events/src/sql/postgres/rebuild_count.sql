UPDATE event_rebuild
SET events = (
    SELECT coalesce(sum(position), 0)::bigint FROM event_rebuild_source WHERE consumer = $1::jsonb ->> 'consumer'
)
WHERE consumer = $1::jsonb ->> 'consumer' AND state = 'FILLING'
