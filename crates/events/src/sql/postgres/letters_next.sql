SELECT
    letter.*,
    (
        SELECT inbox.version
        FROM event_inbox AS inbox
        WHERE inbox.consumer = letter.consumer
            AND inbox.aggregate_kind = letter.aggregate_kind
            AND inbox.aggregate_id = letter.aggregate_id
    ) AS last
FROM event_letter AS letter
WHERE letter.consumer = $1::jsonb ->> 'consumer'
    AND letter.aggregate_kind = $1::jsonb ->> 'kind'
    AND letter.aggregate_id = $1::jsonb ->> 'id'
    AND letter.state <> 'DISCARDED'
ORDER BY letter.aggregate_version
LIMIT 1
