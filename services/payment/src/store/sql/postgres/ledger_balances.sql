SELECT account, currency, sum(amount)::bigint AS amount
FROM ledger_entry
WHERE $1::jsonb ->> 'currency' IS NULL OR currency = $1::jsonb ->> 'currency'
GROUP BY account, currency
ORDER BY currency, account
