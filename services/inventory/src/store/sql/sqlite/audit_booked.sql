-- ?1: references; what was booked under each, place by place.
SELECT
    movement.reference, movement.sku, movement.location_id,
    SUM(movement.on_hand_delta) AS on_hand, SUM(movement.allocated_delta) AS allocated, SUM(movement.held_delta) AS held,
    COUNT(*) AS movements
FROM json_each(?1) AS wanted
CROSS JOIN inventory_movement AS movement ON movement.reference = wanted.value
GROUP BY movement.reference, movement.sku, movement.location_id
