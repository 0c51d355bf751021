-- A hold that somebody else has moved meanwhile is not found by its version, and the batch is not committed.
UPDATE inventory_hold
SET
    state = moved.value ->> 'state',
    fulfillment = unhex(moved.value ->> 'fulfillment'),
    version = moved.value ->> 'version',
    updated_at = moved.value ->> 'updated_at'
FROM json_each(?1) AS moved
WHERE inventory_hold.hold_id = unhex(moved.value ->> 'hold_id')
    AND inventory_hold.version = (moved.value ->> 'version') - 1
