INSERT INTO inventory_movement (
    movement_id, sku, location_id, kind, on_hand_delta, allocated_delta, held_delta, reference, line, reason, actor, created_at
)
SELECT
    (movement.value ->> 'movement_id')::uuid,
    movement.value ->> 'sku',
    (movement.value ->> 'location_id')::uuid,
    movement.value ->> 'kind',
    movement.value ->> 'on_hand_delta',
    movement.value ->> 'allocated_delta',
    movement.value ->> 'held_delta',
    movement.value ->> 'reference',
    movement.value ->> 'line',
    movement.value ->> 'reason',
    movement.value ->> 'actor',
    movement.value ->> 'created_at'
FROM jsonb_array_elements($1::jsonb) AS movement
