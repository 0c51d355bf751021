-- $1: [{owner, create_key}].
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM jsonb_array_elements($1::jsonb) AS wanted
JOIN inventory_hold AS hold
    ON hold.owner = (wanted.value ->> 'owner')::uuid AND hold.create_key = wanted.value ->> 'create_key'
