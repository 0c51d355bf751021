-- What the closing rows stand for.
SELECT entry.account, entry.currency, sum(entry.amount) AS amount, count(*) AS entries
FROM payment
JOIN ledger_entry AS entry ON entry.payment_id = payment.id AND entry.position <= payment.closed_entry
GROUP BY entry.account, entry.currency
ORDER BY entry.account, entry.currency
