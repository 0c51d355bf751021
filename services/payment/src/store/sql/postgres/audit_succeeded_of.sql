-- $1: {payments, before}: what we asked for of these payments, and the provider did before a time.
SELECT id FROM operation
WHERE payment_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments')) AND state = 'SUCCEEDED' AND reported = 0 AND updated_at < ($1::jsonb ->> 'before')::bigint
ORDER BY id
