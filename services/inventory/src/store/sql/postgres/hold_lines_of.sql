-- $1: the ids in hexadecimal digits.
SELECT held.hold_id, held.sku, held.location_id, held.quantity
FROM jsonb_array_elements($1::jsonb) AS wanted
JOIN inventory_hold_line AS held ON held.hold_id = (wanted.value)::uuid
ORDER BY held.hold_id, held.line
