-- $1: the ids in hexadecimal digits.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM jsonb_array_elements($1::jsonb) AS wanted
JOIN inventory_hold AS hold ON hold.hold_id = (wanted.value)::uuid
