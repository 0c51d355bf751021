SELECT id, position, kind, reference, parent, token, amount, currency, state, code,
       captured, voided, refunded, created_at, effective_at
FROM operation
WHERE id IN (SELECT value FROM json_each(?1))
