CREATE TABLE payment (
    id                uuid    PRIMARY KEY,
    kind              text    NOT NULL CHECK (kind IN ('PAYMENT', 'CREDIT')),
    order_id          uuid,
    credit_id         uuid,
    channel_id        uuid    NOT NULL,
    owner             text    NOT NULL,
    currency          text    NOT NULL CHECK (length(currency) = 3),
    amount            bigint NOT NULL CHECK (amount > 0),
    state             text    NOT NULL,
    authorize_pending bigint NOT NULL CHECK (authorize_pending >= 0),
    authorized        bigint NOT NULL CHECK (authorized >= 0),
    authorized_excess bigint NOT NULL CHECK (authorized_excess >= 0),
    capture_pending   bigint NOT NULL CHECK (capture_pending >= 0),
    captured          bigint NOT NULL CHECK (captured >= 0),
    void_pending      bigint NOT NULL CHECK (void_pending >= 0),
    voided            bigint NOT NULL CHECK (voided >= 0),
    captured_excess   bigint NOT NULL CHECK (captured_excess >= 0),
    refund_pending    bigint NOT NULL CHECK (refund_pending >= 0),
    refunded          bigint NOT NULL CHECK (refunded >= 0),
    refunded_excess   bigint NOT NULL CHECK (refunded_excess >= 0),
    credit_pending    bigint NOT NULL CHECK (credit_pending >= 0),
    credited          bigint NOT NULL CHECK (credited >= 0),
    credited_excess   bigint NOT NULL CHECK (credited_excess >= 0),
    token             text,
    provider          text    NOT NULL,
    decline_code      text    NOT NULL,
    create_key        text    NOT NULL UNIQUE,
    version           bigint NOT NULL,
    event_version     bigint NOT NULL,
    created_at        bigint NOT NULL,
    updated_at        bigint NOT NULL,
    CHECK ((kind = 'PAYMENT') = (order_id IS NOT NULL)),
    CHECK ((kind = 'CREDIT') = (credit_id IS NOT NULL)),
    -- What is pending counts as spent; the excess stands for facts that the provider reports beyond what we allow.
    CHECK (authorized + authorize_pending <= amount + authorized_excess),
    CHECK (authorized + captured_excess - captured - capture_pending - voided - void_pending >= 0),
    CHECK (captured + refunded_excess - refunded - refund_pending >= 0),
    CHECK (credited + credit_pending <= amount + credited_excess)
);
CREATE INDEX payment_order ON payment (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payment_credit ON payment (credit_id) WHERE credit_id IS NOT NULL;
CREATE INDEX payment_owner ON payment (owner, id) WHERE owner <> '';

CREATE TABLE operation (
    id             uuid    PRIMARY KEY,
    payment_id     uuid    REFERENCES payment (id),
    kind           text    NOT NULL CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND', 'CREDIT')),
    state          text    NOT NULL CHECK (state IN ('PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED', 'CANCELED')),
    amount         bigint NOT NULL CHECK (amount >= 0),
    create_key     text    NOT NULL UNIQUE,
    target         uuid,
    provider_id    text,
    failure_code   text    NOT NULL,
    attempts       bigint NOT NULL,
    first_sent_at  bigint,
    last_sent_at   bigint,
    abandoned      bigint NOT NULL CHECK (abandoned IN (0, 1)),
    late           bigint NOT NULL CHECK (late IN (0, 1)),
    workflow_id    uuid,
    actor          text    NOT NULL,
    correlation_id uuid    NOT NULL,
    traceparent    text,
    created_at     bigint NOT NULL,
    updated_at     bigint NOT NULL,
    -- Only the mark of a call that was undone before it was seen stands for no payment.
    CHECK (payment_id IS NOT NULL OR (state = 'CANCELED' AND amount = 0)),
    CHECK (state <> 'SUCCEEDED' OR provider_id IS NOT NULL)
);
CREATE INDEX operation_payment ON operation (payment_id, id);
CREATE INDEX operation_open ON operation (state, created_at) WHERE state IN ('PENDING', 'UNKNOWN');

CREATE TABLE ledger_entry (
    position     bigint  PRIMARY KEY,
    operation_id uuid    NOT NULL REFERENCES operation (id),
    payment_id   uuid    NOT NULL REFERENCES payment (id),
    account      text    NOT NULL CHECK (account IN ('PROVIDER', 'SALES', 'REFUNDS', 'CREDITS')),
    currency     text    NOT NULL,
    amount       bigint NOT NULL CHECK (amount <> 0),
    created_at   bigint NOT NULL,
    UNIQUE (operation_id, account)
);
-- The last position of the ledger: one row.
CREATE TABLE ledger_turn (
    last bigint NOT NULL
);
INSERT INTO ledger_turn VALUES (0);
CREATE INDEX ledger_payment ON ledger_entry (payment_id, position);

-- How far the provider's own list was read, and by which durable work.
CREATE TABLE sweep (
    provider    text    PRIMARY KEY,
    workflow_id uuid    NOT NULL,
    position    bigint NOT NULL,
    swept_at    bigint NOT NULL
);

-- What the provider's list says and our books do not, and cannot be mended by us.
CREATE TABLE discrepancy (
    provider  text    NOT NULL,
    position  bigint NOT NULL,
    reference text    NOT NULL,
    problem   text    NOT NULL CHECK (problem IN ('STRANGER', 'AMOUNT', 'CONTRADICTED')),
    seen_at   bigint NOT NULL,
    PRIMARY KEY (provider, position)
);
