-- Whose turn it is, and whether rows wait for their positions.
SELECT
    relay.fence,
    EXISTS (
        SELECT 1
        FROM event_log
        WHERE seq > coalesce((SELECT seq FROM event_position ORDER BY position DESC LIMIT 1), 0)
    ) AS waits
FROM event_relay AS relay
WHERE relay.part = 0
