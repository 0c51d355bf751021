INSERT INTO stoa_audit (at, id, actor, acting_for, action, subject, reason, request_id, outcome)
SELECT
    entry.at,
    gen_random_uuid(),
    entry.actor,
    entry.acting_for,
    entry.action,
    entry.subject,
    entry.reason,
    entry.request_id,
    entry.outcome
FROM jsonb_to_recordset($1::jsonb) AS entry (
    at bigint,
    actor text,
    acting_for text,
    action text,
    subject text,
    reason text,
    request_id text,
    outcome text
)
