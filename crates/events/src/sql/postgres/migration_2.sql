-- Projections that are built anew beside the one that serves, and how far each log was read for it.
CREATE TABLE event_rebuild (
    consumer text   NOT NULL PRIMARY KEY,
    state    text   NOT NULL CHECK (state IN ('FILLING', 'DONE', 'FAILED')),
    events   bigint NOT NULL,
    began_at bigint NOT NULL,
    ended_at bigint,
    error    text
);

CREATE TABLE event_rebuild_source (
    consumer text   NOT NULL,
    source   text   NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (consumer, source)
);
