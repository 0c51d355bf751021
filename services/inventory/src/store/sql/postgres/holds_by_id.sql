-- $1: the ids in hexadecimal digits. Locked by id.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.hold_id = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb)::uuid))
ORDER BY hold.hold_id
FOR UPDATE
