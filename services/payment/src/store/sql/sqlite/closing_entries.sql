-- ?1: {payments}: what stands in the ledger of these and in no closing row.
SELECT entry.account, entry.currency, sum(entry.amount) AS amount, count(*) AS entries
FROM payment
JOIN ledger_entry AS entry ON entry.payment_id = payment.id AND entry.position > payment.closed_entry
WHERE payment.id IN (SELECT unhex(value) FROM json_each(?1, '$.payments'))
GROUP BY entry.account, entry.currency
