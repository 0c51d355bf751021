-- One that is a letter already stays as it is, except that a waiting one may turn out to be poison.
INSERT INTO event_letter (
    consumer, aggregate_kind, aggregate_id, aggregate_version, state, since, attempts, error, position, event_id,
    event_type, payload, occurred_at, actor, channel_id, correlation_id, causation_id, traceparent, contract
)
SELECT
    event.value ->> 'consumer',
    event.value ->> 'aggregate_kind',
    event.value ->> 'aggregate_id',
    event.value ->> 'aggregate_version',
    event.value ->> 'state',
    event.value ->> 'since',
    event.value ->> 'attempts',
    event.value ->> 'error',
    event.value ->> 'position',
    (event.value ->> 'event_id')::uuid,
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
WHERE true
ON CONFLICT (consumer, aggregate_kind, aggregate_id, aggregate_version) DO UPDATE
SET state = excluded.state, error = excluded.error, attempts = attempts + 1
WHERE event_letter.state = 'WAITING' AND excluded.state = 'POISON'
