INSERT INTO inventory_movement (
    movement_id, sku, location_id, kind, on_hand_delta, allocated_delta, held_delta, reference, line, reason, actor, created_at
)
SELECT
    unhex(movement.value ->> 'movement_id'),
    movement.value ->> 'sku',
    unhex(movement.value ->> 'location_id'),
    movement.value ->> 'kind',
    movement.value ->> 'on_hand_delta',
    movement.value ->> 'allocated_delta',
    movement.value ->> 'held_delta',
    movement.value ->> 'reference',
    movement.value ->> 'line',
    movement.value ->> 'reason',
    movement.value ->> 'actor',
    movement.value ->> 'created_at'
FROM json_each(?1) AS movement
