-- The history of the schema, the one table that no migration makes.
CREATE TABLE IF NOT EXISTS stoa_migrations (
    component  text    NOT NULL,
    version    bigint NOT NULL CHECK (version > 0),
    name       text    NOT NULL,
    checksum   text    NOT NULL,
    applied_at bigint NOT NULL,
    PRIMARY KEY (component, version)
);
