-- $1: closing rows; those that stand so are forgotten.
DELETE FROM inventory_closing AS closing
USING jsonb_to_recordset($1::jsonb) AS stood(sku text, location_id uuid, seal text)
WHERE closing.sku = stood.sku AND closing.location_id = stood.location_id AND closing.seal = stood.seal
