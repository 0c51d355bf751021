-- A hold that somebody else has moved meanwhile is not found by its version, and the batch is not committed.
UPDATE inventory_hold
SET
    state = moved.state,
    fulfillment = moved.fulfillment,
    version = moved.version,
    updated_at = moved.updated_at
FROM jsonb_to_recordset($1::jsonb) AS moved (
    hold_id uuid, state text, fulfillment uuid, version bigint, updated_at bigint
)
WHERE inventory_hold.hold_id = ANY (ARRAY(SELECT (one ->> 'hold_id')::uuid FROM jsonb_array_elements($1::jsonb) AS one))
    AND inventory_hold.hold_id = moved.hold_id
    AND inventory_hold.version = moved.version - 1
