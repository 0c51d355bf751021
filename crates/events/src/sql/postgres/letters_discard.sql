UPDATE event_letter
SET state = 'DISCARDED', actor_of_discard = $1::jsonb ->> 'actor', reason_of_discard = $1::jsonb ->> 'reason'
WHERE consumer = $1::jsonb ->> 'consumer'
    AND aggregate_kind = $1::jsonb ->> 'kind'
    AND aggregate_id = $1::jsonb ->> 'id'
    AND aggregate_version = ($1::jsonb ->> 'version')::bigint
