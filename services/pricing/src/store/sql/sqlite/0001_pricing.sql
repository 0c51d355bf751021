-- Price books, the channels that sell from them, and prices with their history.

CREATE TABLE pricing_book (
  id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  currency   TEXT    NOT NULL CHECK (length(currency) = 3),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE pricing_channel (
  id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  code               TEXT    NOT NULL UNIQUE,
  title              TEXT    NOT NULL,
  currency           TEXT    NOT NULL CHECK (length(currency) = 3),
  country            TEXT    NOT NULL,
  prices_include_tax INTEGER NOT NULL CHECK (prices_include_tax IN (0, 1)),
  book_id            BLOB    NOT NULL REFERENCES pricing_book (id),
  capture_mode       TEXT    NOT NULL CHECK (capture_mode IN ('AT_ONCE', 'ON_SHIPMENT')),
  sourcing_rule      TEXT    NOT NULL CHECK (sourcing_rule IN ('PRIORITY')),
  quote_ttl          INTEGER NOT NULL CHECK (quote_ttl > 0),
  version            INTEGER NOT NULL CHECK (version > 0),
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL
) STRICT;

CREATE INDEX pricing_channel_book ON pricing_channel (book_id);

-- The natural key is the primary key: what a line costs is one step in this tree.
CREATE TABLE pricing_price (
  book_id       BLOB    NOT NULL REFERENCES pricing_book (id),
  sku           TEXT    NOT NULL CHECK (length(sku) BETWEEN 1 AND 64),
  currency      TEXT    NOT NULL CHECK (length(currency) = 3),
  from_quantity INTEGER NOT NULL CHECK (from_quantity >= 1),
  start_at      INTEGER NOT NULL,
  id            BLOB    NOT NULL CHECK (length(id) = 16),
  micros        INTEGER NOT NULL CHECK (micros >= 0),
  version       INTEGER NOT NULL CHECK (version > 0),
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  PRIMARY KEY (book_id, sku, currency, from_quantity, start_at)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX pricing_price_id ON pricing_price (id);
