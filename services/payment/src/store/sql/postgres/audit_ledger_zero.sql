-- The legs of one operation add up to zero.
-- $1: {payments}: of these.
SELECT 'op' AS kind, operation_id AS id, 'its legs add up to ' || sum(amount) || ' ' || min(currency) AS detail,
       count(*) OVER () AS total
FROM ledger_entry
WHERE payment_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))
GROUP BY operation_id
HAVING sum(amount) <> 0
LIMIT 100
