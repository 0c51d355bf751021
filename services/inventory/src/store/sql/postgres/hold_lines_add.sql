INSERT INTO inventory_hold_line (hold_id, line, sku, location_id, quantity)
SELECT
    (held.value ->> 'hold_id')::uuid,
    held.value ->> 'line',
    held.value ->> 'sku',
    (held.value ->> 'location_id')::uuid,
    held.value ->> 'quantity'
FROM jsonb_array_elements($1::jsonb) AS held
