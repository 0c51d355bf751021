-- each
-- There is one writer: a key that was not found in this transaction is still free.
INSERT INTO stoa_idempotency (scope, method, request_id, fingerprint, contract, resource, refusal, created_at)
VALUES (
    ?1,
    ?2,
    ?3,
    unhex(?4),
    unhex(?5),
    ?6,
    ?7,
    ?8
)
