SELECT position, operation_id, payment_id, account, currency, amount, created_at
FROM ledger_entry
WHERE position > ($1::jsonb ->> 'after')::bigint
ORDER BY position
LIMIT ($1::jsonb ->> 'limit')::bigint
