SELECT at, id, actor, acting_for, action, subject, reason, request_id, outcome
FROM stoa_audit
WHERE (at, id) < (?1 ->> 'at', unhex(?1 ->> 'id'))
    AND subject = ?1 ->> 'subject'
    AND (?1 ->> 'actor' IS NULL OR actor = ?1 ->> 'actor')
ORDER BY at DESC, id DESC
LIMIT ?1 ->> 'limit'
