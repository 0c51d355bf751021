SELECT id, position, kind, reference, parent, token, amount, currency, state, code,
       captured, voided, refunded, created_at, effective_at
FROM operation
WHERE reference = json_extract(?1, '$.reference') AND state <> 'pending'
