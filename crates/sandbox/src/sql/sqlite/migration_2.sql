-- Until when the customer may do what the operation waits for.
ALTER TABLE operation ADD COLUMN action_until INTEGER;
-- The console: where the merchant wants to hear of what happens, and the secret that signs it.
CREATE TABLE webhook (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    url    TEXT    NOT NULL,
    secret TEXT    NOT NULL
) STRICT;
