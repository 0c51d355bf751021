-- $1: {payments}: they are in order as they are.
UPDATE payment
SET closed = version,
    closed_entry = greatest(closed_entry, coalesce((SELECT max(position) FROM ledger_entry WHERE payment_id = payment.id), 0))
WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))
