SELECT at, id, actor, acting_for, action, subject, reason, request_id, outcome
FROM stoa_audit
WHERE (at, id) < (($1::jsonb ->> 'at')::bigint, ($1::jsonb ->> 'id')::uuid)
ORDER BY at DESC, id DESC
LIMIT ($1::jsonb ->> 'limit')::bigint
