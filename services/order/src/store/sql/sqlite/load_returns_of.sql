SELECT return_id, owner, version, snapshot
FROM returns
WHERE order_id IN (SELECT unhex(value) FROM json_each(?1))
ORDER BY return_id
