-- Whose turn it is, whether rows wait for their positions, and how many are not marked as published.
SELECT
    relay.fence,
    EXISTS (SELECT 1 FROM event_unplaced)::int::bigint AS unplaced,
    coalesce((SELECT position FROM event_position ORDER BY position DESC LIMIT 1), 0)
        - relay.published
        + (SELECT count(*) FROM event_unplaced) AS waiting
FROM event_relay AS relay
WHERE relay.part = 0
