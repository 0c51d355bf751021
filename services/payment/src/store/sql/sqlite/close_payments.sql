-- ?1: {payments}: they are in order as they are.
UPDATE payment
SET closed = version,
    closed_entry = max(closed_entry, coalesce((SELECT max(position) FROM ledger_entry WHERE payment_id = payment.id), 0))
WHERE id IN (SELECT unhex(value) FROM json_each(?1, '$.payments'))
