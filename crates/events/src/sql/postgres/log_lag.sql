WITH
head AS (
    SELECT
        coalesce(max(position), 0) AS position,
        coalesce((SELECT seq FROM event_position ORDER BY position DESC LIMIT 1), 0) AS seq
    FROM event_position
),
done AS (
    SELECT
        relay.published AS position,
        coalesce((SELECT seq FROM event_position WHERE position = relay.published), 0) AS seq
    FROM event_relay AS relay
    WHERE relay.part = 0
)
SELECT
    head.position AS head,
    done.position AS published,
    (SELECT count(*) FROM event_log WHERE seq > done.seq) AS waiting,
    (SELECT occurred_at FROM event_log WHERE seq > done.seq ORDER BY seq LIMIT 1) AS oldest
FROM head, done
