-- The history of the schema, the one table that no migration makes.
CREATE TABLE IF NOT EXISTS stoa_migrations (
    component  TEXT    NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    name       TEXT    NOT NULL,
    checksum   TEXT    NOT NULL,
    applied_at INTEGER NOT NULL,
    PRIMARY KEY (component, version)
) STRICT, WITHOUT ROWID;
