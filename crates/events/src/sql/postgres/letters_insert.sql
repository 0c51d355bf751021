-- One that is a letter already stays as it is, except that a waiting one may turn out to be poison.
INSERT INTO event_letter (
    consumer, aggregate_kind, aggregate_id, aggregate_version, state, since, attempts, error, position, event_id,
    event_type, payload, occurred_at, actor, channel_id, correlation_id, causation_id, traceparent, contract
)
SELECT
    event.consumer,
    event.aggregate_kind,
    event.aggregate_id,
    event.aggregate_version,
    event.state,
    event.since,
    event.attempts,
    event.error,
    event.position,
    event.event_id,
    event.event_type,
    decode(event.payload, 'hex'),
    event.occurred_at,
    event.actor,
    event.channel_id,
    event.correlation_id,
    event.causation_id,
    event.traceparent,
    decode(event.contract, 'hex')
FROM jsonb_to_recordset($1::jsonb) AS event(
    consumer text, aggregate_kind text, aggregate_id text, aggregate_version bigint, state text, since bigint,
    attempts bigint, error text, position bigint, event_id uuid, event_type text, payload text, occurred_at bigint,
    actor text, channel_id uuid, correlation_id uuid, causation_id uuid, traceparent text, contract text
)
ORDER BY event.aggregate_kind, event.aggregate_id, event.aggregate_version
ON CONFLICT (consumer, aggregate_kind, aggregate_id, aggregate_version) DO UPDATE
SET state = excluded.state, error = excluded.error, attempts = event_letter.attempts + 1
WHERE event_letter.state = 'WAITING' AND excluded.state = 'POISON'
