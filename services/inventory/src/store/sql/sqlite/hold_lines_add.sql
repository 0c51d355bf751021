INSERT INTO inventory_hold_line (hold_id, line, sku, location_id, quantity)
SELECT
    unhex(held.value ->> 'hold_id'),
    held.value ->> 'line',
    held.value ->> 'sku',
    unhex(held.value ->> 'location_id'),
    held.value ->> 'quantity'
FROM json_each(?1) AS held
