SELECT o.id, o.position, o.kind, o.reference, o.parent, o.token, o.amount, o.currency, o.state, o.code,
       o.captured, o.voided, o.refunded, o.created_at, o.effective_at, o.action_until,
       (SELECT p.reference FROM operation p WHERE p.id = o.parent) AS parent_reference
FROM operation o
WHERE o.id IN (SELECT value FROM json_each(?1, '$.ids'))
   OR o.reference IN (SELECT value FROM json_each(?1, '$.references'))
   OR o.id IN (SELECT k.operation FROM request_key k WHERE k.key IN (SELECT value FROM json_each(?1, '$.keys')))
   OR (o.state = 'pending' AND o.effective_at <= json_extract(?1, '$.now'))
