SELECT account, currency, amount, entries, seal
FROM payment_closing
ORDER BY account, currency
