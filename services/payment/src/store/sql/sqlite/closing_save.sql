-- ?1: closing rows.
INSERT INTO payment_closing (account, currency, amount, entries, seal)
SELECT value ->> 'account', value ->> 'currency', value ->> 'amount', value ->> 'entries', value ->> 'seal'
FROM json_each(?1)
WHERE true
ON CONFLICT (account, currency) DO UPDATE SET
    amount = excluded.amount, entries = excluded.entries, seal = excluded.seal
