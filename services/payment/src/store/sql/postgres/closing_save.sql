-- $1: closing rows.
INSERT INTO payment_closing (account, currency, amount, entries, seal)
SELECT account, currency, amount, entries, seal
FROM jsonb_to_recordset($1::jsonb) AS closing(account text, currency text, amount bigint, entries bigint, seal text)
ORDER BY account, currency
ON CONFLICT (account, currency) DO UPDATE SET
    amount = excluded.amount, entries = excluded.entries, seal = excluded.seal
