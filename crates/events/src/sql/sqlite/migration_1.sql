-- The service's own record of what happened; rows stay. `seq` only orders the rows of this file: every cursor
-- runs over the position, which a row gets after its commit.
CREATE TABLE event_log (
    seq               INTEGER NOT NULL PRIMARY KEY,
    event_id          BLOB    NOT NULL CHECK (length(event_id) = 16),
    aggregate_kind    TEXT    NOT NULL,
    aggregate_id      TEXT    NOT NULL,
    aggregate_version INTEGER NOT NULL CHECK (aggregate_version > 0),
    event_type        TEXT    NOT NULL,
    payload           BLOB    NOT NULL,
    occurred_at       INTEGER NOT NULL,
    actor             TEXT    NOT NULL,
    channel_id        BLOB,
    correlation_id    BLOB    NOT NULL,
    causation_id      BLOB,
    traceparent       TEXT,
    contract          BLOB    NOT NULL CHECK (length(contract) = 32),
    UNIQUE (aggregate_kind, aggregate_id, aggregate_version)
) STRICT;

CREATE TABLE event_position (
    position INTEGER NOT NULL PRIMARY KEY,
    seq      INTEGER NOT NULL
) STRICT;

-- Who publishes a partition, and up to which position every listener has recorded it.
CREATE TABLE event_relay (
    part      INTEGER NOT NULL PRIMARY KEY,
    holder    BLOB,
    fence     INTEGER NOT NULL,
    published INTEGER NOT NULL
) STRICT;

INSERT INTO event_relay (part, holder, fence, published) VALUES (0, NULL, 0, 0);

-- What a consumer has applied. `version` is the last one for LATEST and STRICT; a parked aggregate has a letter
-- that could not be applied, and its later events queue behind it.
CREATE TABLE event_inbox (
    consumer       TEXT    NOT NULL,
    aggregate_kind TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    parked         INTEGER NOT NULL CHECK (parked IN (0, 1)),
    PRIMARY KEY (consumer, aggregate_kind, aggregate_id)
) STRICT, WITHOUT ROWID;

-- The same for ANY: each event that was applied.
CREATE TABLE event_seen (
    consumer          TEXT    NOT NULL,
    aggregate_kind    TEXT    NOT NULL,
    aggregate_id      TEXT    NOT NULL,
    aggregate_version INTEGER NOT NULL,
    PRIMARY KEY (consumer, aggregate_kind, aggregate_id, aggregate_version)
) STRICT, WITHOUT ROWID;

-- POISON could not be applied; QUEUED waits behind it; WAITING came before its predecessor (STRICT);
-- DISCARDED was given up by a person, with a reason.
CREATE TABLE event_letter (
    consumer          TEXT    NOT NULL,
    aggregate_kind    TEXT    NOT NULL,
    aggregate_id      TEXT    NOT NULL,
    aggregate_version INTEGER NOT NULL,
    state             TEXT    NOT NULL CHECK (state IN ('POISON', 'QUEUED', 'WAITING', 'DISCARDED')),
    since             INTEGER NOT NULL,
    attempts          INTEGER NOT NULL,
    error             TEXT,
    actor_of_discard  TEXT,
    reason_of_discard TEXT,
    position          INTEGER NOT NULL,
    event_id          BLOB    NOT NULL CHECK (length(event_id) = 16),
    event_type        TEXT    NOT NULL,
    payload           BLOB    NOT NULL,
    occurred_at       INTEGER NOT NULL,
    actor             TEXT    NOT NULL,
    channel_id        BLOB,
    correlation_id    BLOB    NOT NULL,
    causation_id      BLOB,
    traceparent       TEXT,
    contract          BLOB    NOT NULL CHECK (length(contract) = 32),
    PRIMARY KEY (consumer, aggregate_kind, aggregate_id, aggregate_version)
) STRICT, WITHOUT ROWID;
