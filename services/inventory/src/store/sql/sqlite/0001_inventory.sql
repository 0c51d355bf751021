-- Where stock is kept.
CREATE TABLE inventory_location (
    location_id  BLOB    NOT NULL PRIMARY KEY CHECK (length(location_id) = 16),
    code         TEXT    NOT NULL UNIQUE,
    title        TEXT    NOT NULL,
    country_code TEXT    NOT NULL,
    priority     INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 1000),
    version      INTEGER NOT NULL CHECK (version > 0),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How much of one sku lies at one location: the sums of the movements. The last constraint guards what may be promised, never
-- what has happened: a count that finds less raises the shortfall in the same statement.
CREATE TABLE inventory_level (
    sku             TEXT    NOT NULL,
    location_id     BLOB    NOT NULL REFERENCES inventory_location (location_id),
    on_hand         INTEGER NOT NULL,
    allocated       INTEGER NOT NULL,
    held            INTEGER NOT NULL,
    backorder_limit INTEGER NOT NULL CHECK (backorder_limit >= 0),
    shortfall       INTEGER NOT NULL CHECK (shortfall >= 0),
    version         INTEGER NOT NULL CHECK (version > 0),
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (sku, location_id),
    CHECK (on_hand + backorder_limit + shortfall >= allocated + held AND allocated >= 0 AND held >= 0)
) STRICT, WITHOUT ROWID;

-- The ledger. A movement is booked once per reference, kind, location and line, for good.
CREATE TABLE inventory_movement (
    seq             INTEGER NOT NULL PRIMARY KEY,
    movement_id     BLOB    NOT NULL CHECK (length(movement_id) = 16),
    sku             TEXT    NOT NULL,
    location_id     BLOB    NOT NULL,
    kind            TEXT    NOT NULL,
    on_hand_delta   INTEGER NOT NULL,
    allocated_delta INTEGER NOT NULL,
    held_delta      INTEGER NOT NULL,
    reference       TEXT    NOT NULL,
    line            INTEGER NOT NULL CHECK (line >= 0),
    reason          TEXT    NOT NULL,
    actor           TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (reference, kind, location_id, line)
) STRICT;

CREATE INDEX inventory_movement_by_place ON inventory_movement (sku, location_id);

-- Stock kept for an order. Owner and create key name a hold for good: a release that comes before the hold writes its row
-- (CANCELED), and the hold that comes later finds it.
CREATE TABLE inventory_hold (
    hold_id     BLOB    NOT NULL PRIMARY KEY CHECK (length(hold_id) = 16),
    owner       BLOB    NOT NULL CHECK (length(owner) = 16),
    create_key  TEXT    NOT NULL,
    channel_id  BLOB    CHECK (length(channel_id) = 16),
    state       TEXT    NOT NULL,
    expires_at  INTEGER,
    fulfillment BLOB    CHECK (length(fulfillment) = 16),
    version     INTEGER NOT NULL CHECK (version > 0),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (owner, create_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX inventory_hold_by_expiry ON inventory_hold (expires_at)
    WHERE state = 'HELD' AND expires_at IS NOT NULL;

CREATE TABLE inventory_hold_line (
    hold_id     BLOB    NOT NULL REFERENCES inventory_hold (hold_id),
    line        INTEGER NOT NULL CHECK (line >= 0),
    sku         TEXT    NOT NULL,
    location_id BLOB    NOT NULL,
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (hold_id, line)
) STRICT, WITHOUT ROWID;
