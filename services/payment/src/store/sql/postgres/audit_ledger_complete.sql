-- Exactly the operations that moved money stand in the ledger, with their amounts.
-- $1: {payments}: of these.
SELECT 'op' AS kind, o.id AS id,
       o.kind || ' ' || o.state || ' of ' || o.amount || ' stands in the ledger with ' || coalesce(l.moved, 0) AS detail,
       count(*) OVER () AS total
FROM operation o
LEFT JOIN payment p ON p.id = o.payment_id
LEFT JOIN (SELECT operation_id, (sum(abs(amount)) / 2)::bigint AS moved FROM ledger_entry
           WHERE payment_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments')) GROUP BY operation_id) l
       ON l.operation_id = o.id
WHERE o.payment_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))
  AND coalesce(l.moved, 0) <>
      CASE WHEN o.state = 'SUCCEEDED' AND (o.kind IN ('CAPTURE', 'REFUND', 'CREDIT') OR (o.kind = 'AUTHORIZE' AND p.flow = 'SALE')) THEN o.amount ELSE 0 END
LIMIT 100
