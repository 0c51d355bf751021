INSERT INTO stoa_audit (at, id, actor, acting_for, action, subject, reason, request_id, outcome)
SELECT
    entry.value ->> 'at',
    randomblob(16),
    entry.value ->> 'actor',
    entry.value ->> 'acting_for',
    entry.value ->> 'action',
    entry.value ->> 'subject',
    entry.value ->> 'reason',
    entry.value ->> 'request_id',
    entry.value ->> 'outcome'
FROM json_each(?1) AS entry
