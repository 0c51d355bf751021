-- ?1: the ids in hexadecimal digits.
SELECT held.hold_id, held.sku, held.location_id, held.quantity
FROM json_each(?1) AS wanted
CROSS JOIN inventory_hold_line AS held ON held.hold_id = unhex(wanted.value)
ORDER BY held.hold_id, held.line
