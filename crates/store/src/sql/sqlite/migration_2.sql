-- Who of the staff did what, and why: written in the transaction of the effect; rows stay.
CREATE TABLE stoa_audit (
    at         INTEGER NOT NULL,
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    actor      TEXT    NOT NULL,
    acting_for TEXT,
    action     TEXT    NOT NULL,
    subject    TEXT,
    reason     TEXT,
    request_id TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    PRIMARY KEY (at, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX stoa_audit_by_subject ON stoa_audit (subject, at, id) WHERE subject IS NOT NULL;

CREATE INDEX stoa_audit_by_actor ON stoa_audit (actor, at, id);
