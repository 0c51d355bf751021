SELECT account, currency, sum(amount) AS amount
FROM ledger_entry
WHERE $1::jsonb ->> 'currency' IS NULL OR currency = $1::jsonb ->> 'currency'
GROUP BY account, currency
ORDER BY currency, account
