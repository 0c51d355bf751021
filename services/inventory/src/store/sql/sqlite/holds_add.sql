-- each
INSERT INTO inventory_hold (
    hold_id, owner, create_key, channel_id, state, expires_at, fulfillment, version, created_at, updated_at
)
VALUES (
    unhex(:hold_id),
    unhex(:owner),
    :create_key,
    unhex(:channel_id),
    :state,
    :expires_at,
    NULL,
    :version,
    :created_at,
    :updated_at
)
