-- Fewer rows than asked for: a version would leave a gap. A version that stands there already breaks UNIQUE.
-- It is looked for by a query of one value: EXISTS beside OR may be hashed, which reads the whole log (docs/adr/0016).
-- The predecessor is committed or ours: whoever makes version n + 1 has seen n. `seq` is drawn in the order given.
WITH given AS (
    SELECT *
    FROM ROWS FROM (
        jsonb_to_recordset($1::jsonb) AS (
            event_id uuid, aggregate_kind text, aggregate_id text, aggregate_version bigint, event_type text,
            payload text, occurred_at bigint, actor text, channel_id uuid, correlation_id uuid, causation_id uuid,
            traceparent text, contract text, chained boolean
        )
    ) WITH ORDINALITY AS event(
        event_id, aggregate_kind, aggregate_id, aggregate_version, event_type, payload, occurred_at, actor,
        channel_id, correlation_id, causation_id, traceparent, contract, chained, place
    )
),
logged AS (
    INSERT INTO event_log (
        event_id, aggregate_kind, aggregate_id, aggregate_version, event_type, payload, occurred_at, actor,
        channel_id, correlation_id, causation_id, traceparent, contract
    )
    SELECT
        event.event_id,
        event.aggregate_kind,
        event.aggregate_id,
        event.aggregate_version,
        event.event_type,
        decode(event.payload, 'hex'),
        event.occurred_at,
        event.actor,
        event.channel_id,
        event.correlation_id,
        event.causation_id,
        event.traceparent,
        decode(event.contract, 'hex')
    FROM given AS event
    WHERE event.chained
        OR (
            SELECT true
            FROM event_log AS before
            WHERE before.aggregate_kind = event.aggregate_kind
                AND before.aggregate_id = event.aggregate_id
                AND before.aggregate_version = event.aggregate_version - 1
        )
    ORDER BY event.place
    RETURNING seq
)
INSERT INTO event_unplaced (seq)
SELECT seq
FROM logged
