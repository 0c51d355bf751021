-- each
-- A hold that somebody else has moved meanwhile is not found by its version, and the batch is not committed.
UPDATE inventory_hold
SET
    state = :state,
    fulfillment = unhex(:fulfillment),
    version = :version,
    updated_at = :updated_at
WHERE inventory_hold.hold_id = unhex(:hold_id)
    AND inventory_hold.version = :version - 1
