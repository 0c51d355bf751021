INSERT INTO inventory_hold_line (hold_id, line, sku, location_id, quantity)
SELECT held.hold_id, held.line, held.sku, held.location_id, held.quantity
FROM jsonb_to_recordset($1::jsonb) AS held (hold_id uuid, line bigint, sku text, location_id uuid, quantity bigint)
