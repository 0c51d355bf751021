-- The version at which a hold was last found at rest and in order; other versions are open.
ALTER TABLE inventory_hold ADD COLUMN closed bigint NOT NULL DEFAULT 0;
CREATE INDEX inventory_hold_open ON inventory_hold (owner) WHERE version <> closed;

-- Whether a return was found in order.
ALTER TABLE inventory_movement ADD COLUMN closed bigint NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));
CREATE INDEX inventory_movement_returned ON inventory_movement (reference) WHERE kind = 'RETURN' AND closed = 0;

-- What an audit adds up begins in the middle of a place.
CREATE INDEX inventory_movement_of_place ON inventory_movement (sku, location_id, seq);
DROP INDEX inventory_movement_by_place;

-- What the movements of a place come to, up to one of them. Those of one place become visible in their order, since whoever
-- books one has the level locked. The seal is over all columns.
CREATE TABLE inventory_closing (
    sku         text   NOT NULL,
    location_id uuid   NOT NULL,
    seq         bigint NOT NULL,
    on_hand     bigint NOT NULL,
    allocated   bigint NOT NULL,
    held        bigint NOT NULL,
    seal        text   NOT NULL,
    PRIMARY KEY (sku, location_id)
);
