-- Price books, the channels that sell from them, and prices with their history.

CREATE TABLE pricing_book (
  id         uuid   NOT NULL PRIMARY KEY,
  currency   text   NOT NULL CHECK (length(currency) = 3),
  created_at bigint NOT NULL
);

CREATE TABLE pricing_channel (
  id                 uuid    NOT NULL PRIMARY KEY,
  code               text    NOT NULL UNIQUE,
  title              text    NOT NULL,
  currency           text    NOT NULL CHECK (length(currency) = 3),
  country            text    NOT NULL,
  prices_include_tax boolean NOT NULL,
  book_id            uuid    NOT NULL REFERENCES pricing_book (id),
  capture_mode       text    NOT NULL CHECK (capture_mode IN ('AT_ONCE', 'ON_SHIPMENT')),
  sourcing_rule      text    NOT NULL CHECK (sourcing_rule IN ('PRIORITY')),
  quote_ttl          bigint  NOT NULL CHECK (quote_ttl > 0),
  version            bigint  NOT NULL CHECK (version > 0),
  created_at         bigint  NOT NULL,
  updated_at         bigint  NOT NULL
);

CREATE INDEX pricing_channel_book ON pricing_channel (book_id);

-- The natural key is the primary key: what a line costs is one step in this tree.
CREATE TABLE pricing_price (
  book_id       uuid   NOT NULL REFERENCES pricing_book (id),
  sku           text   NOT NULL CHECK (length(sku) BETWEEN 1 AND 64),
  currency      text   NOT NULL CHECK (length(currency) = 3),
  from_quantity bigint NOT NULL CHECK (from_quantity >= 1),
  start_at      bigint NOT NULL,
  id            uuid   NOT NULL,
  micros        bigint NOT NULL CHECK (micros >= 0),
  version       bigint NOT NULL CHECK (version > 0),
  created_at    bigint NOT NULL,
  updated_at    bigint NOT NULL,
  PRIMARY KEY (book_id, sku, currency, from_quantity, start_at)
);

CREATE UNIQUE INDEX pricing_price_id ON pricing_price (id);
