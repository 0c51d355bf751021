CREATE TABLE payment (
    id                BLOB    PRIMARY KEY CHECK (length(id) = 16),
    kind              TEXT    NOT NULL CHECK (kind IN ('PAYMENT', 'CREDIT')),
    order_id          BLOB    CHECK (length(order_id) = 16),
    credit_id         BLOB    CHECK (length(credit_id) = 16),
    channel_id        BLOB    NOT NULL CHECK (length(channel_id) = 16),
    owner             TEXT    NOT NULL,
    currency          TEXT    NOT NULL CHECK (length(currency) = 3),
    amount            INTEGER NOT NULL CHECK (amount > 0),
    state             TEXT    NOT NULL,
    authorize_pending INTEGER NOT NULL CHECK (authorize_pending >= 0),
    authorized        INTEGER NOT NULL CHECK (authorized >= 0),
    authorized_excess INTEGER NOT NULL CHECK (authorized_excess >= 0),
    capture_pending   INTEGER NOT NULL CHECK (capture_pending >= 0),
    captured          INTEGER NOT NULL CHECK (captured >= 0),
    void_pending      INTEGER NOT NULL CHECK (void_pending >= 0),
    voided            INTEGER NOT NULL CHECK (voided >= 0),
    captured_excess   INTEGER NOT NULL CHECK (captured_excess >= 0),
    refund_pending    INTEGER NOT NULL CHECK (refund_pending >= 0),
    refunded          INTEGER NOT NULL CHECK (refunded >= 0),
    refunded_excess   INTEGER NOT NULL CHECK (refunded_excess >= 0),
    credit_pending    INTEGER NOT NULL CHECK (credit_pending >= 0),
    credited          INTEGER NOT NULL CHECK (credited >= 0),
    credited_excess   INTEGER NOT NULL CHECK (credited_excess >= 0),
    token             TEXT,
    provider          TEXT    NOT NULL,
    decline_code      TEXT    NOT NULL,
    create_key        TEXT    NOT NULL UNIQUE,
    version           INTEGER NOT NULL,
    event_version     INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    CHECK ((kind = 'PAYMENT') = (order_id IS NOT NULL)),
    CHECK ((kind = 'CREDIT') = (credit_id IS NOT NULL)),
    -- What is pending counts as spent; the excess stands for facts that the provider reports beyond what we allow.
    CHECK (authorized + authorize_pending <= amount + authorized_excess),
    CHECK (authorized + captured_excess - captured - capture_pending - voided - void_pending >= 0),
    CHECK (captured + refunded_excess - refunded - refund_pending >= 0),
    CHECK (credited + credit_pending <= amount + credited_excess)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_order ON payment (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payment_credit ON payment (credit_id) WHERE credit_id IS NOT NULL;
CREATE INDEX payment_owner ON payment (owner, id) WHERE owner <> '';

CREATE TABLE operation (
    id             BLOB    PRIMARY KEY CHECK (length(id) = 16),
    payment_id     BLOB    REFERENCES payment (id),
    kind           TEXT    NOT NULL CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND', 'CREDIT')),
    state          TEXT    NOT NULL CHECK (state IN ('PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED', 'CANCELED')),
    amount         INTEGER NOT NULL CHECK (amount >= 0),
    create_key     TEXT    NOT NULL UNIQUE,
    target         BLOB    CHECK (length(target) = 16),
    provider_id    TEXT,
    failure_code   TEXT    NOT NULL,
    attempts       INTEGER NOT NULL,
    first_sent_at  INTEGER,
    last_sent_at   INTEGER,
    abandoned      INTEGER NOT NULL CHECK (abandoned IN (0, 1)),
    late           INTEGER NOT NULL CHECK (late IN (0, 1)),
    workflow_id    BLOB    CHECK (length(workflow_id) = 16),
    actor          TEXT    NOT NULL,
    correlation_id BLOB    NOT NULL CHECK (length(correlation_id) = 16),
    traceparent    TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    -- Only the mark of a call that was undone before it was seen stands for no payment.
    CHECK (payment_id IS NOT NULL OR (state = 'CANCELED' AND amount = 0)),
    CHECK ((state = 'SUCCEEDED') <= (provider_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX operation_payment ON operation (payment_id, id);
CREATE INDEX operation_open ON operation (state, created_at) WHERE state IN ('PENDING', 'UNKNOWN');

CREATE TABLE ledger_entry (
    position     INTEGER PRIMARY KEY,
    operation_id BLOB    NOT NULL REFERENCES operation (id),
    payment_id   BLOB    NOT NULL REFERENCES payment (id),
    account      TEXT    NOT NULL CHECK (account IN ('PROVIDER', 'SALES', 'REFUNDS', 'CREDITS')),
    currency     TEXT    NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount <> 0),
    created_at   INTEGER NOT NULL,
    UNIQUE (operation_id, account)
) STRICT;
CREATE INDEX ledger_payment ON ledger_entry (payment_id, position);

-- How far the provider's own list was read, and by which durable work.
CREATE TABLE sweep (
    provider    TEXT    PRIMARY KEY,
    workflow_id BLOB    NOT NULL CHECK (length(workflow_id) = 16),
    position    INTEGER NOT NULL,
    swept_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the provider's list says and our books do not, and cannot be mended by us.
CREATE TABLE discrepancy (
    provider  TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    reference TEXT    NOT NULL,
    problem   TEXT    NOT NULL CHECK (problem IN ('STRANGER', 'AMOUNT', 'CONTRADICTED')),
    seen_at   INTEGER NOT NULL,
    PRIMARY KEY (provider, position)
) STRICT, WITHOUT ROWID;
