-- The legs of one operation add up to zero.
SELECT 'op' AS kind, operation_id AS id, 'its legs add up to ' || sum(amount) || ' ' || min(currency) AS detail,
       count(*) OVER () AS total
FROM ledger_entry
GROUP BY operation_id
HAVING sum(amount) <> 0
LIMIT 100
