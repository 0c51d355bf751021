SELECT id, position, kind, reference, parent, token, amount, currency, state, code,
       captured, voided, refunded, created_at, effective_at, action_until,
       (SELECT p.reference FROM operation p WHERE p.id = operation.parent) AS parent_reference
FROM operation
WHERE reference = json_extract(?1, '$.reference') AND (state <> 'pending' OR action_until IS NOT NULL)
