-- $1: [{owner, create_key}]. For the mutant without owners alone.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.create_key = ANY (ARRAY(SELECT wanted ->> 'create_key' FROM jsonb_array_elements($1::jsonb) AS wanted))
ORDER BY hold.hold_id
FOR UPDATE
