-- Who of the staff did what, and why: written in the transaction of the effect; rows stay.
CREATE TABLE stoa_audit (
    at         bigint NOT NULL,
    id         uuid   NOT NULL,
    actor      text   NOT NULL,
    acting_for text,
    action     text   NOT NULL,
    subject    text,
    reason     text,
    request_id text   NOT NULL,
    outcome    text   NOT NULL,
    PRIMARY KEY (at, id)
);

CREATE INDEX stoa_audit_by_subject ON stoa_audit (subject, at, id) WHERE subject IS NOT NULL;

CREATE INDEX stoa_audit_by_actor ON stoa_audit (actor, at, id);
