SELECT credit_id, version, snapshot
FROM credits
WHERE credit_id IN (SELECT unhex(value) FROM json_each(?1))
ORDER BY credit_id
