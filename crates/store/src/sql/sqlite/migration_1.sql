-- What was answered to a request id. Exactly one of resource and refusal stands in a committed row;
-- both are NULL only inside the transaction that inserted it.
CREATE TABLE stoa_idempotency (
    scope       TEXT    NOT NULL,
    method      TEXT    NOT NULL,
    request_id  TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    contract    BLOB    NOT NULL CHECK (length(contract) = 32),
    resource    TEXT,
    refusal     TEXT,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (scope, method, request_id),
    CHECK (resource IS NULL OR refusal IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX stoa_idempotency_by_age ON stoa_idempotency (created_at);

-- One row: which incarnation this database is (a restore makes it another), and the mark of the last
-- transaction that held work without a key, by which an unknown COMMIT of it is resolved.
CREATE TABLE stoa_database (
    only        INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    incarnation BLOB    NOT NULL CHECK (length(incarnation) = 16),
    mark        INTEGER NOT NULL
) STRICT;

INSERT INTO stoa_database (only, incarnation, mark) VALUES (1, randomblob(16), 0);
