-- each
INSERT INTO inventory_movement (
    movement_id, sku, location_id, kind, on_hand_delta, allocated_delta, held_delta, reference, line, reason, actor, created_at
)
VALUES (
    unhex(:movement_id),
    :sku,
    unhex(:location_id),
    :kind,
    :on_hand_delta,
    :allocated_delta,
    :held_delta,
    :reference,
    :line,
    :reason,
    :actor,
    :created_at
)
