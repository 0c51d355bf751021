-- $1: the ids in hexadecimal digits. Lines never change, so they need no lock.
SELECT held.hold_id, held.sku, held.location_id, held.quantity
FROM inventory_hold_line AS held
WHERE held.hold_id = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb)::uuid))
ORDER BY held.hold_id, held.line
