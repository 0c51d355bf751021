CREATE TABLE operation (
    id           TEXT    PRIMARY KEY,
    position     INTEGER UNIQUE,
    kind         TEXT    NOT NULL CHECK (kind IN ('authorization', 'capture', 'void', 'refund', 'credit')),
    reference    TEXT    NOT NULL UNIQUE,
    parent       TEXT    REFERENCES operation (id),
    token        TEXT    NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount > 0),
    currency     TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('pending', 'succeeded', 'declined')),
    code         TEXT    NOT NULL,
    captured     INTEGER NOT NULL CHECK (captured >= 0),
    voided       INTEGER NOT NULL CHECK (voided >= 0),
    refunded     INTEGER NOT NULL CHECK (refunded >= 0),
    created_at   INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    CHECK (captured + voided <= amount),
    CHECK (refunded <= amount),
    CHECK ((position IS NULL) = (state = 'pending'))
) STRICT, WITHOUT ROWID;
CREATE INDEX operation_pending ON operation (effective_at) WHERE state = 'pending';
CREATE TABLE request_key (
    key         TEXT    PRIMARY KEY,
    operation   TEXT    NOT NULL REFERENCES operation (id),
    fingerprint BLOB    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
