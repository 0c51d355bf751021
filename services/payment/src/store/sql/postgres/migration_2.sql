ALTER TABLE payment ADD COLUMN flow text NOT NULL DEFAULT 'AUTHORIZE_CAPTURE' CHECK (flow IN ('AUTHORIZE_CAPTURE', 'SALE'));
-- What the customer must do before the authorisation goes on, and until when he may.
ALTER TABLE payment ADD COLUMN action_kind text CHECK (action_kind IN ('REDIRECT', 'IN_APP'));
ALTER TABLE payment ADD COLUMN action_uri text;
ALTER TABLE payment ADD COLUMN action_until bigint;

-- What the provider reports and nobody asked for: a chargeback, a refund in its console.
ALTER TABLE operation ADD COLUMN reported bigint NOT NULL DEFAULT 0 CHECK (reported IN (0, 1));

-- The provider's webhooks that were heard: each wakes once.
CREATE TABLE provider_event (
    provider text    NOT NULL,
    event_id text    NOT NULL,
    seen_at  bigint NOT NULL,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX provider_event_seen ON provider_event (seen_at);
