UPDATE event_inbox AS inbox
SET parked = 0
WHERE inbox.consumer = $1::jsonb ->> 'consumer'
    AND inbox.aggregate_kind = $1::jsonb ->> 'kind'
    AND inbox.aggregate_id = $1::jsonb ->> 'id'
    AND NOT EXISTS (
        SELECT 1
        FROM event_letter AS letter
        WHERE letter.consumer = inbox.consumer
            AND letter.aggregate_kind = inbox.aggregate_kind
            AND letter.aggregate_id = inbox.aggregate_id
            AND letter.state IN ('POISON', 'QUEUED')
    )
