-- ?1: [{owner, create_key}]. For the mutant without owners alone.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.create_key IN (SELECT wanted.value ->> 'create_key' FROM json_each(?1) AS wanted)
