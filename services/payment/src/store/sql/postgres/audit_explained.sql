-- Every entry of the provider's list is explained by our books.
SELECT 'ref' AS kind, reference,
       CASE problem
           WHEN 'STRANGER' THEN 'the provider did it and we know nothing of it'
           WHEN 'AMOUNT' THEN 'the provider did it with another amount'
           ELSE 'the provider declined what we hold for done'
       END || ' (its position ' || position || ')' AS detail,
       count(*) OVER () AS total
FROM discrepancy
ORDER BY provider, position
LIMIT 100
