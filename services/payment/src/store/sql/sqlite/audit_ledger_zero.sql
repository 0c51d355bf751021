-- The legs of one operation add up to zero.
-- ?1: {payments}: of these.
SELECT 'op' AS kind, operation_id AS id, 'its legs add up to ' || sum(amount) || ' ' || min(currency) AS detail,
       count(*) OVER () AS total
FROM ledger_entry
WHERE payment_id IN (SELECT unhex(value) FROM json_each(?1, '$.payments'))
GROUP BY operation_id
HAVING sum(amount) <> 0
LIMIT 100
