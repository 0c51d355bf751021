-- Whether this database came back from a backup and nobody has compared it with its peers since, as JSON. NULL: no.
ALTER TABLE stoa_database ADD COLUMN restored text;

-- How far the logs of the other services of the process were when they were last looked at: one that is behind it
-- later, and says nothing of a restore, was taken back by hand.
CREATE TABLE stoa_peer (
    name        text   NOT NULL PRIMARY KEY,
    incarnation uuid   NOT NULL,
    position    bigint NOT NULL
);
