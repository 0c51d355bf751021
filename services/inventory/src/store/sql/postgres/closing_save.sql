-- $1: closing rows; one that stands further already stays.
INSERT INTO inventory_closing (sku, location_id, seq, on_hand, allocated, held, seal)
SELECT sku, location_id, seq, on_hand, allocated, held, seal
FROM jsonb_to_recordset($1::jsonb) AS closing(
    sku text, location_id uuid, seq bigint, on_hand bigint, allocated bigint, held bigint, seal text
)
ORDER BY sku, location_id
ON CONFLICT (sku, location_id) DO UPDATE SET
    seq = excluded.seq, on_hand = excluded.on_hand, allocated = excluded.allocated, held = excluded.held, seal = excluded.seal
WHERE excluded.seq > inventory_closing.seq
