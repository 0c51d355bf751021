-- The service's own record of what happened; rows stay. `seq` is drawn before the commit, so rows become visible out
-- of its order: nobody's cursor runs over it. Every cursor runs over the position, which a row gets after its commit.
CREATE TABLE event_log (
    seq               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id          uuid   NOT NULL,
    aggregate_kind    text   NOT NULL,
    aggregate_id      text   NOT NULL,
    aggregate_version bigint NOT NULL CHECK (aggregate_version > 0),
    event_type        text   NOT NULL,
    payload           bytea  NOT NULL,
    occurred_at       bigint NOT NULL,
    actor             text   NOT NULL,
    channel_id        uuid,
    correlation_id    uuid   NOT NULL,
    causation_id      uuid,
    traceparent       text,
    contract          bytea  NOT NULL CHECK (length(contract) = 32),
    UNIQUE (aggregate_kind, aggregate_id, aggregate_version)
);

-- Rows of the log without a position: written with them, taken out when they get it. Whoever commits late stands here
-- when he has committed, however far the others are.
CREATE TABLE event_unplaced (
    seq bigint NOT NULL PRIMARY KEY
);

-- Positions are dense and drawn by the relay alone, while it has the row of `event_relay` locked.
CREATE TABLE event_position (
    position bigint NOT NULL PRIMARY KEY,
    seq      bigint NOT NULL
);

-- Who publishes a partition, until when nobody may take it from him (by the clock of this database), and up to which
-- position every listener has recorded it.
CREATE TABLE event_relay (
    part        bigint NOT NULL PRIMARY KEY,
    holder      uuid,
    fence       bigint NOT NULL,
    lease_until bigint NOT NULL,
    published   bigint NOT NULL
);

INSERT INTO event_relay (part, holder, fence, lease_until, published) VALUES (0, NULL, 0, 0, 0);

-- What a consumer has applied. `version` is the last one for LATEST and STRICT; a parked aggregate has a letter
-- that could not be applied, and its later events queue behind it.
CREATE TABLE event_inbox (
    consumer       text   NOT NULL,
    aggregate_kind text   NOT NULL,
    aggregate_id   text   NOT NULL,
    version        bigint NOT NULL,
    parked         bigint NOT NULL CHECK (parked IN (0, 1)),
    PRIMARY KEY (consumer, aggregate_kind, aggregate_id)
);

-- The same for ANY: each event that was applied.
CREATE TABLE event_seen (
    consumer          text   NOT NULL,
    aggregate_kind    text   NOT NULL,
    aggregate_id      text   NOT NULL,
    aggregate_version bigint NOT NULL,
    PRIMARY KEY (consumer, aggregate_kind, aggregate_id, aggregate_version)
);

-- POISON could not be applied; QUEUED waits behind it; WAITING came before its predecessor (STRICT);
-- DISCARDED was given up by a person, with a reason.
CREATE TABLE event_letter (
    consumer          text   NOT NULL,
    aggregate_kind    text   NOT NULL,
    aggregate_id      text   NOT NULL,
    aggregate_version bigint NOT NULL,
    state             text   NOT NULL CHECK (state IN ('POISON', 'QUEUED', 'WAITING', 'DISCARDED')),
    since             bigint NOT NULL,
    attempts          bigint NOT NULL,
    error             text,
    actor_of_discard  text,
    reason_of_discard text,
    position          bigint NOT NULL,
    event_id          uuid   NOT NULL,
    event_type        text   NOT NULL,
    payload           bytea  NOT NULL,
    occurred_at       bigint NOT NULL,
    actor             text   NOT NULL,
    channel_id        uuid,
    correlation_id    uuid   NOT NULL,
    causation_id      uuid,
    traceparent       text,
    contract          bytea  NOT NULL CHECK (length(contract) = 32),
    PRIMARY KEY (consumer, aggregate_kind, aggregate_id, aggregate_version)
);
