DELETE FROM event_seen
WHERE (consumer, aggregate_kind, aggregate_id, aggregate_version) IN (
    SELECT consumer, aggregate_kind, aggregate_id, aggregate_version
    FROM event_seen
    WHERE seen_at < CAST(unixepoch('subsec') * 1000000 AS INTEGER) - (?1 ->> 'keep')
    ORDER BY seen_at
    LIMIT ?1 ->> 'most'
)
