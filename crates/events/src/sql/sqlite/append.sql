-- each
-- Fewer rows than asked for: a version would leave a gap. A version that stands there already breaks UNIQUE.
INSERT INTO event_log (
    event_id, aggregate_kind, aggregate_id, aggregate_version, event_type, payload, occurred_at, actor,
    channel_id, correlation_id, causation_id, traceparent, contract
)
SELECT
    unhex(:event_id),
    :aggregate_kind,
    :aggregate_id,
    :aggregate_version,
    :event_type,
    unhex(:payload),
    :occurred_at,
    :actor,
    unhex(:channel_id),
    unhex(:correlation_id),
    unhex(:causation_id),
    :traceparent,
    unhex(:contract)
WHERE :chained
    OR EXISTS (
        SELECT 1
        FROM event_log AS before
        WHERE before.aggregate_kind = :aggregate_kind
            AND before.aggregate_id = :aggregate_id
            AND before.aggregate_version = :aggregate_version - 1
    )
