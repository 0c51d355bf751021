-- Positions are dense: one writer at a time.
INSERT INTO ledger_entry (position, operation_id, payment_id, account, currency, amount, created_at)
SELECT (SELECT coalesce(max(position), 0) FROM ledger_entry) + key + 1, (value ->> 0)::uuid, (value ->> 1)::uuid, value ->> 2,
       value ->> 3, value ->> 4, value ->> 5
FROM jsonb_array_elements($1::jsonb)
