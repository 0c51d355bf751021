-- A hold that somebody else has moved meanwhile is not found by its version, and the batch is not committed.
UPDATE inventory_hold
SET
    state = moved.value ->> 'state',
    fulfillment = (moved.value ->> 'fulfillment')::uuid,
    version = moved.value ->> 'version',
    updated_at = moved.value ->> 'updated_at'
FROM jsonb_array_elements($1::jsonb) AS moved
WHERE inventory_hold.hold_id = (moved.value ->> 'hold_id')::uuid
    AND inventory_hold.version = (moved.value ->> 'version') - 1
