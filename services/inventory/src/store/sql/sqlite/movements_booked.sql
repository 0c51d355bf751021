-- What was booked before under these references: ?1 is {kind, references}. Without its ends, the key is walked by (reference, kind).
SELECT movement.reference, movement.location_id, movement.sku, movement.on_hand_delta
FROM json_each(?1, '$.references') AS wanted
CROSS JOIN inventory_movement AS movement
    ON movement.reference = wanted.value AND movement.kind = ?1 ->> 'kind'
ORDER BY movement.reference, movement.location_id, movement.line
