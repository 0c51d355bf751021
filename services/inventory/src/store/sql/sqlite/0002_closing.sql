-- The version at which a hold was last found at rest and in order; other versions are open.
ALTER TABLE inventory_hold ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX inventory_hold_open ON inventory_hold (owner) WHERE version <> closed;

-- Whether a return was found in order.
ALTER TABLE inventory_movement ADD COLUMN closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));
CREATE INDEX inventory_movement_returned ON inventory_movement (reference) WHERE kind = 'RETURN' AND closed = 0;

-- What the movements of a place come to, up to one of them. Those of one place become visible in their order, since whoever
-- books one has the level locked. The seal is over all columns.
CREATE TABLE inventory_closing (
    sku         TEXT    NOT NULL,
    location_id BLOB    NOT NULL CHECK (length(location_id) = 16),
    seq         INTEGER NOT NULL,
    on_hand     INTEGER NOT NULL,
    allocated   INTEGER NOT NULL,
    held        INTEGER NOT NULL,
    seal        TEXT    NOT NULL,
    PRIMARY KEY (sku, location_id)
) STRICT, WITHOUT ROWID;
