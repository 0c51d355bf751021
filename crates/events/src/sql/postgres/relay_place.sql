-- One writer at a time: the order of `seq` is the order of the commits, and no row can appear below the last one
-- that has a position.
INSERT INTO event_position (seq)
SELECT seq
FROM event_log
WHERE seq > coalesce((SELECT seq FROM event_position ORDER BY position DESC LIMIT 1), 0)
ORDER BY seq
LIMIT $1::jsonb ->> 'most'
