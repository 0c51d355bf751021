INSERT INTO ledger_entry (position, operation_id, payment_id, account, currency, amount, created_at)
SELECT (SELECT coalesce(max(position), 0) FROM ledger_entry) + key + 1, unhex(value ->> 'operation_id'),
       unhex(value ->> 'payment_id'), value ->> 'account', value ->> 'currency', value ->> 'amount',
       value ->> 'created_at'
FROM json_each(?1)
