-- The version at which a payment was last found at rest and in order, and the last of its entries that the closing rows hold.
ALTER TABLE payment ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN closed_entry INTEGER NOT NULL DEFAULT 0;
CREATE INDEX payment_open ON payment (id) WHERE version <> closed;
CREATE INDEX payment_reserved ON payment (id) WHERE state = 'AUTHORIZED';

-- What the ledger came to: the entries of closed payments, by account and currency; `LIST` keeps how far the provider's list was
-- compared. The seal is over all columns.
CREATE TABLE payment_closing (
    account  TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    amount   INTEGER NOT NULL,
    entries  INTEGER NOT NULL,
    seal     TEXT    NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;
