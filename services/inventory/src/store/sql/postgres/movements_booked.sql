-- What was booked before under these references: $1 is {kind, references}. Without its ends, the key is walked by (reference, kind).
SELECT movement.reference, movement.location_id, movement.sku, movement.on_hand_delta
FROM inventory_movement AS movement
WHERE movement.reference = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb -> 'references')))
    AND movement.kind = $1::jsonb ->> 'kind'
ORDER BY movement.reference, movement.location_id, movement.line
