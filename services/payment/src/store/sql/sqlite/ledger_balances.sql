SELECT account, currency, sum(amount) AS amount
FROM ledger_entry
WHERE ?1 ->> 'currency' IS NULL OR currency = ?1 ->> 'currency'
GROUP BY account, currency
ORDER BY currency, account
