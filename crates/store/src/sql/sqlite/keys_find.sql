-- each
SELECT scope, method, request_id, fingerprint, contract, resource, refusal
FROM stoa_idempotency
WHERE scope = :scope AND method = :method AND request_id = :request_id
