-- Numbered in the order of booking, inserted in the order of their names: two batches that book the same reference wait for one
-- another in that order alone.
WITH numbered AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('inventory_movement', 'seq')) AS seq, booked.*
    FROM (
        SELECT movement.*
        FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS listed (document, place)
        CROSS JOIN LATERAL jsonb_to_record(listed.document) AS movement (
            movement_id uuid, sku text, location_id uuid, kind text, on_hand_delta bigint, allocated_delta bigint,
            held_delta bigint, reference text, line bigint, reason text, actor text, created_at bigint
        )
        ORDER BY listed.place
    ) AS booked
)
INSERT INTO inventory_movement (
    seq, movement_id, sku, location_id, kind, on_hand_delta, allocated_delta, held_delta, reference, line, reason, actor,
    created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    seq, movement_id, sku, location_id, kind, on_hand_delta, allocated_delta, held_delta, reference, line, reason, actor,
    created_at
FROM numbered
ORDER BY reference, kind, location_id, line
