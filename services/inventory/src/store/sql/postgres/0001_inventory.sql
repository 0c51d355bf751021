-- Where stock is kept.
CREATE TABLE inventory_location (
    location_id  uuid   NOT NULL PRIMARY KEY,
    code         text   NOT NULL UNIQUE,
    title        text   NOT NULL,
    country_code text   NOT NULL,
    priority     bigint NOT NULL CHECK (priority BETWEEN 0 AND 1000),
    version      bigint NOT NULL CHECK (version > 0),
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL
);

-- How much of one sku lies at one location: the sums of the movements. The last constraint guards what may be promised, never
-- what has happened: a count that finds less raises the shortfall in the same statement.
CREATE TABLE inventory_level (
    sku             text   NOT NULL,
    location_id     uuid   NOT NULL REFERENCES inventory_location (location_id),
    on_hand         bigint NOT NULL,
    allocated       bigint NOT NULL,
    held            bigint NOT NULL,
    backorder_limit bigint NOT NULL CHECK (backorder_limit >= 0),
    shortfall       bigint NOT NULL CHECK (shortfall >= 0),
    version         bigint NOT NULL CHECK (version > 0),
    created_at      bigint NOT NULL,
    updated_at      bigint NOT NULL,
    PRIMARY KEY (sku, location_id),
    CHECK (on_hand + backorder_limit + shortfall >= allocated + held AND allocated >= 0 AND held >= 0)
);

-- The ledger. A movement is booked once per reference, kind, location and line, for good.
CREATE TABLE inventory_movement (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    movement_id     uuid   NOT NULL,
    sku             text   NOT NULL,
    location_id     uuid   NOT NULL,
    kind            text   NOT NULL,
    on_hand_delta   bigint NOT NULL,
    allocated_delta bigint NOT NULL,
    held_delta      bigint NOT NULL,
    reference       text   NOT NULL,
    line            bigint NOT NULL CHECK (line >= 0),
    reason          text   NOT NULL,
    actor           text   NOT NULL,
    created_at      bigint NOT NULL,
    UNIQUE (reference, kind, location_id, line)
);

-- A return is booked once wherever it came back to, and a fulfilment ships one hold wherever its goods lay: who books the other
-- copy at the same time breaks this, and decides anew.
CREATE UNIQUE INDEX inventory_movement_once ON inventory_movement (reference, kind, line)
    WHERE kind IN ('RETURN', 'SHIP');

CREATE INDEX inventory_movement_by_place ON inventory_movement (sku, location_id);

-- Stock kept for an order. Owner and create key name a hold for good: a release that comes before the hold writes its row
-- (CANCELED), and the hold that comes later finds it.
CREATE TABLE inventory_hold (
    hold_id     uuid   NOT NULL PRIMARY KEY,
    owner       uuid   NOT NULL,
    create_key  text   NOT NULL,
    channel_id  uuid,
    state       text   NOT NULL,
    expires_at  bigint,
    fulfillment uuid,
    version     bigint NOT NULL CHECK (version > 0),
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    UNIQUE (owner, create_key)
);

CREATE INDEX inventory_hold_by_expiry ON inventory_hold (expires_at)
    WHERE state = 'HELD' AND expires_at IS NOT NULL;

CREATE TABLE inventory_hold_line (
    hold_id     uuid   NOT NULL REFERENCES inventory_hold (hold_id),
    line        bigint NOT NULL CHECK (line >= 0),
    sku         text   NOT NULL,
    location_id uuid   NOT NULL,
    quantity    bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (hold_id, line)
);
