-- $1: references; what was booked under each, place by place.
SELECT
    movement.reference, movement.sku, movement.location_id,
    sum(movement.on_hand_delta)::bigint AS on_hand, sum(movement.allocated_delta)::bigint AS allocated,
    sum(movement.held_delta)::bigint AS held, count(*) AS movements
FROM jsonb_array_elements_text($1::jsonb) AS wanted
JOIN inventory_movement AS movement ON movement.reference = wanted.value
GROUP BY movement.reference, movement.sku, movement.location_id
