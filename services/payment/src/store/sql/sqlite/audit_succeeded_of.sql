-- ?1: {payments, before}: what we asked for of these payments, and the provider did before a time.
SELECT id FROM operation
WHERE payment_id IN (SELECT unhex(value) FROM json_each(?1, '$.payments')) AND state = 'SUCCEEDED' AND reported = 0 AND updated_at < ?1 ->> 'before'
ORDER BY id
