-- ?1: closing rows; one that stands further already stays.
INSERT INTO inventory_closing (sku, location_id, seq, on_hand, allocated, held, seal)
SELECT
    closing.value ->> 'sku', unhex(closing.value ->> 'location_id'), closing.value ->> 'seq', closing.value ->> 'on_hand',
    closing.value ->> 'allocated', closing.value ->> 'held', closing.value ->> 'seal'
FROM json_each(?1) AS closing
WHERE true
ON CONFLICT (sku, location_id) DO UPDATE SET
    seq = excluded.seq, on_hand = excluded.on_hand, allocated = excluded.allocated, held = excluded.held, seal = excluded.seal
WHERE excluded.seq > inventory_closing.seq
