UPDATE event_letter
SET state = 'DISCARDED', actor_of_discard = ?1 ->> 'actor', reason_of_discard = ?1 ->> 'reason'
WHERE consumer = ?1 ->> 'consumer'
    AND aggregate_kind = ?1 ->> 'kind'
    AND aggregate_id = ?1 ->> 'id'
    AND aggregate_version = ?1 ->> 'version'
