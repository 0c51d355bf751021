-- ?1: holds; they are in order as they are.
UPDATE inventory_hold
SET closed = version
WHERE hold_id IN (SELECT unhex(value) FROM json_each(?1))
