-- each
INSERT INTO operation (
    id, payment_id, kind, state, amount, create_key, target, provider_id, failure_code, attempts, first_sent_at,
    last_sent_at, abandoned, late, workflow_id, actor, correlation_id, traceparent, created_at, updated_at, reported
)
VALUES (
    unhex(?1), unhex(?2), ?3, ?4, ?5, ?6, unhex(?7), ?8, ?9, ?10, ?11, ?12, ?13, ?14, unhex(?15), ?16, unhex(?17),
    ?18, ?19, ?20, ?21
)
