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
    unhex(event.value ->> 'event_id'),
    event.value ->> 'event_type',
    unhex(event.value ->> 'payload'),
    event.value ->> 'occurred_at',
    event.value ->> 'actor',
    unhex(event.value ->> 'channel_id'),
    unhex(event.value ->> 'correlation_id'),
    unhex(event.value ->> 'causation_id'),
    event.value ->> 'traceparent',
    unhex(event.value ->> 'contract')
FROM json_each(?1) AS event
WHERE true
ON CONFLICT (consumer, aggregate_kind, aggregate_id, aggregate_version) DO UPDATE
SET state = excluded.state, error = excluded.error, attempts = attempts + 1
WHERE event_letter.state = 'WAITING' AND excluded.state = 'POISON'
