-- Projections that are built anew beside the one that serves, and how far each log was read for it.
CREATE TABLE event_rebuild (
    consumer TEXT    NOT NULL PRIMARY KEY,
    state    TEXT    NOT NULL CHECK (state IN ('FILLING', 'DONE', 'FAILED')),
    events   INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    error    TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE event_rebuild_source (
    consumer TEXT    NOT NULL,
    source   TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (consumer, source)
) STRICT, WITHOUT ROWID;
