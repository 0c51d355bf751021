-- $1: {now, limit}: the holds whose time has been over for longest. Locked by id; what somebody else works on is his.
SELECT
    hold.hold_id, hold.owner, hold.create_key, hold.channel_id, hold.state, hold.expires_at, hold.fulfillment, hold.version,
    hold.created_at, hold.updated_at
FROM inventory_hold AS hold
WHERE hold.hold_id = ANY (ARRAY(
        SELECT first.hold_id
        FROM inventory_hold AS first
        WHERE first.state = 'HELD'
            AND first.expires_at IS NOT NULL
            AND first.expires_at <= ($1::jsonb ->> 'now')::bigint
        ORDER BY first.expires_at
        LIMIT ($1::jsonb ->> 'limit')::bigint
    ))
    AND hold.state = 'HELD'
ORDER BY hold.hold_id
FOR UPDATE SKIP LOCKED
