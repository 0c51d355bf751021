-- Whose turn it is, whether rows wait for their positions, and how many are not marked as published. `seq` has no
-- gaps: rows are never taken out, and a transaction that is rolled back gives its numbers back.
SELECT
    relay.fence,
    coalesce((SELECT max(seq) FROM event_log), 0)
        > coalesce((SELECT seq FROM event_position ORDER BY position DESC LIMIT 1), 0) AS unplaced,
    coalesce((SELECT max(seq) FROM event_log), 0)
        - coalesce((SELECT seq FROM event_position WHERE position = relay.published), 0) AS waiting
FROM event_relay AS relay
WHERE relay.part = 0
