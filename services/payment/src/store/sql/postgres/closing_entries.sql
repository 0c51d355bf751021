-- $1: {payments}: what stands in the ledger of these and in no closing row.
SELECT entry.account, entry.currency, sum(entry.amount)::bigint AS amount, count(*) AS entries
FROM payment
JOIN ledger_entry AS entry ON entry.payment_id = payment.id AND entry.position > payment.closed_entry
WHERE payment.id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))
GROUP BY entry.account, entry.currency
