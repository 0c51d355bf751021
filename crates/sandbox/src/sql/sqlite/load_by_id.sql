SELECT id, position, kind, reference, parent, token, amount, currency, state, code,
       captured, voided, refunded, created_at, effective_at, action_until,
       (SELECT p.reference FROM operation p WHERE p.id = operation.parent) AS parent_reference
FROM operation
WHERE id IN (SELECT value FROM json_each(?1))
