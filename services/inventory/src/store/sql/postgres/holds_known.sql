-- $1: [{owner, create_key}]. Nothing is decided on how they stand, only on whether they stand there, so nothing is locked.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.owner = ANY (ARRAY(SELECT (wanted ->> 'owner')::uuid FROM jsonb_array_elements($1::jsonb) AS wanted))
    AND (hold.owner, hold.create_key) IN (
        SELECT (wanted ->> 'owner')::uuid, wanted ->> 'create_key'
        FROM jsonb_array_elements($1::jsonb) AS wanted
    )
