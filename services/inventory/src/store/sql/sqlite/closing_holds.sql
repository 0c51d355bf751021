-- ?1: owners; their holds.
SELECT hold_id, owner, version
FROM inventory_hold
WHERE owner IN (SELECT unhex(value) FROM json_each(?1))
ORDER BY hold_id
