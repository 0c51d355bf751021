WITH lag AS (
    SELECT
        relay.published,
        coalesce((SELECT position FROM event_position ORDER BY position DESC LIMIT 1), 0) AS head
    FROM event_relay AS relay
    WHERE relay.part = 0
)
SELECT
    lag.head,
    lag.published,
    lag.head - lag.published + (SELECT count(*) FROM event_unplaced) AS waiting,
    least(
        (
            SELECT event.occurred_at
            FROM event_position AS place
            JOIN event_log AS event ON event.seq = place.seq
            WHERE place.position = lag.published + 1
        ),
        (
            SELECT event.occurred_at
            FROM event_log AS event
            WHERE event.seq = (SELECT seq FROM event_unplaced ORDER BY seq LIMIT 1)
        )
    ) AS oldest
FROM lag
