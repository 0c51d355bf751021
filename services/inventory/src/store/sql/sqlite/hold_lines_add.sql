-- each
INSERT INTO inventory_hold_line (hold_id, line, sku, location_id, quantity)
VALUES (
    unhex(:hold_id),
    :line,
    :sku,
    unhex(:location_id),
    :quantity
)
