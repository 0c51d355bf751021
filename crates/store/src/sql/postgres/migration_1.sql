-- What was answered to a request id. Exactly one of resource and refusal stands in a committed row;
-- both are NULL only inside the transaction that inserted it.
CREATE TABLE stoa_idempotency (
    scope       text   NOT NULL,
    method      text   NOT NULL,
    request_id  text   NOT NULL,
    fingerprint bytea  NOT NULL CHECK (length(fingerprint) = 32),
    contract    bytea  NOT NULL CHECK (length(contract) = 32),
    resource    text,
    refusal     text,
    created_at  bigint NOT NULL,
    PRIMARY KEY (scope, method, request_id),
    CHECK (resource IS NULL OR refusal IS NULL)
);

CREATE INDEX stoa_idempotency_by_age ON stoa_idempotency (created_at);

-- One row: which incarnation this database is (a restore makes it another). The mark of the last transaction with work
-- without a key is the transaction's own number here; the column is there so that both engines have one row.
CREATE TABLE stoa_database (
    "only"    bigint NOT NULL PRIMARY KEY CHECK ("only" = 1),
    incarnation uuid   NOT NULL,
    mark        bigint NOT NULL
);

INSERT INTO stoa_database ("only", incarnation, mark) VALUES (1, gen_random_uuid(), 0);
