-- Fewer rows than asked for: a version would leave a gap. A version that stands there already breaks UNIQUE.
INSERT INTO event_log (
    event_id, aggregate_kind, aggregate_id, aggregate_version, event_type, payload, occurred_at, actor,
    channel_id, correlation_id, causation_id, traceparent, contract
)
SELECT
    (event.value ->> 'event_id')::uuid,
    event.value ->> 'aggregate_kind',
    event.value ->> 'aggregate_id',
    event.value ->> 'aggregate_version',
    event.value ->> 'event_type',
    (event.value ->> 'payload')::uuid,
    event.value ->> 'occurred_at',
    event.value ->> 'actor',
    (event.value ->> 'channel_id')::uuid,
    (event.value ->> 'correlation_id')::uuid,
    (event.value ->> 'causation_id')::uuid,
    event.value ->> 'traceparent',
    (event.value ->> 'contract')::uuid
FROM jsonb_array_elements($1::jsonb) AS event
WHERE event.value ->> 'chained'
    OR EXISTS (
        SELECT 1
        FROM event_log AS before
        WHERE before.aggregate_kind = event.value ->> 'aggregate_kind'
            AND before.aggregate_id = event.value ->> 'aggregate_id'
            AND before.aggregate_version = (event.value ->> 'aggregate_version') - 1
    )
ORDER BY event.key
