-- What was booked before under these references: $1 is {kind, references}. Without its ends, the key is walked by (reference, kind).
SELECT movement.reference, movement.location_id, movement.sku, movement.on_hand_delta
FROM jsonb_array_elements($1::jsonb -> 'references') AS wanted
JOIN inventory_movement AS movement
    ON movement.reference = wanted.value AND movement.kind = $1::jsonb ->> 'kind'
ORDER BY movement.reference, movement.location_id, movement.line
