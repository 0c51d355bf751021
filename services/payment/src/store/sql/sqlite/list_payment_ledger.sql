SELECT position, operation_id, payment_id, account, currency, amount, created_at
FROM ledger_entry
WHERE payment_id = unhex(?1 ->> 'payment') AND position > ?1 ->> 'after'
ORDER BY position
LIMIT ?1 ->> 'limit'
