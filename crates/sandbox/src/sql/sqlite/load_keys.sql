SELECT key, operation, hex(fingerprint) AS fingerprint, created_at
FROM request_key
WHERE key IN (SELECT value FROM json_each(?1))
