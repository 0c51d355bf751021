-- A price promise. Its id is unguessable and scoped to its owner; it is used once.
CREATE TABLE quotes (
  quote_id    BLOB    NOT NULL PRIMARY KEY CHECK (length(quote_id) = 16),
  owner       TEXT    NOT NULL,              -- idempotency scope of whoever asked: guest hash or staff
  staff       INTEGER NOT NULL CHECK (staff IN (0, 1)),
  expires_at  INTEGER NOT NULL,              -- µs
  used_by     BLOB    UNIQUE CHECK (length(used_by) = 16),
  created_at  INTEGER NOT NULL,
  snapshot    BLOB    NOT NULL               -- stoa.order.v1.Quote
) STRICT, WITHOUT ROWID;

-- The fold of an order's events, inline. The columns beside the snapshot are what is searched, joined or summed.
CREATE TABLE orders (
  order_id     BLOB    NOT NULL PRIMARY KEY CHECK (length(order_id) = 16),
  channel_id   BLOB    NOT NULL CHECK (length(channel_id) = 16),
  channel_code TEXT    NOT NULL,
  owner        TEXT    NOT NULL,
  customer_ref TEXT    NOT NULL,
  external_ref TEXT,
  quote_id     BLOB    NOT NULL UNIQUE CHECK (length(quote_id) = 16),
  state        INTEGER NOT NULL,
  revision     INTEGER NOT NULL CHECK (revision > 0),
  currency     TEXT    NOT NULL,
  total        INTEGER NOT NULL CHECK (total >= 0),
  captured     INTEGER NOT NULL CHECK (captured >= 0),
  refunded     INTEGER NOT NULL CHECK (refunded >= 0 AND refunded <= captured),
  placed_at    INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  snapshot     BLOB    NOT NULL,              -- stoa.order.v1.Order
  UNIQUE (channel_id, external_ref)
) STRICT;
CREATE INDEX orders_placed ON orders (placed_at, order_id);
CREATE INDEX orders_external ON orders (external_ref) WHERE external_ref IS NOT NULL;
CREATE INDEX orders_owner ON orders (owner, created_at, order_id);
CREATE INDEX orders_customer ON orders (customer_ref, placed_at, order_id) WHERE customer_ref <> '';

-- Who gets it and where: apart, so that it can be erased and the order stays.
CREATE TABLE order_contacts (
  order_id  BLOB NOT NULL PRIMARY KEY CHECK (length(order_id) = 16),
  email     TEXT NOT NULL,
  address   BLOB NOT NULL                     -- stoa.type.v1.Address, empty where there is none
) STRICT, WITHOUT ROWID;

CREATE TABLE returns (
  return_id    BLOB    NOT NULL PRIMARY KEY CHECK (length(return_id) = 16),
  order_id     BLOB    NOT NULL CHECK (length(order_id) = 16),
  channel_id   BLOB    NOT NULL CHECK (length(channel_id) = 16),
  channel_code TEXT    NOT NULL,
  owner        TEXT    NOT NULL,
  external_ref TEXT,
  state        INTEGER NOT NULL,
  version      INTEGER NOT NULL CHECK (version > 0),
  placed_at    INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  snapshot     BLOB    NOT NULL,              -- stoa.order.v1.Return
  UNIQUE (order_id, external_ref)
) STRICT;
CREATE INDEX returns_placed ON returns (placed_at, return_id);
CREATE INDEX returns_owner ON returns (owner, created_at, return_id);

CREATE TABLE credits (
  credit_id    BLOB    NOT NULL PRIMARY KEY CHECK (length(credit_id) = 16),
  channel_id   BLOB    NOT NULL CHECK (length(channel_id) = 16),
  channel_code TEXT    NOT NULL,
  external_ref TEXT    NOT NULL,
  state        INTEGER NOT NULL,
  version      INTEGER NOT NULL CHECK (version > 0),
  placed_at    INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  snapshot     BLOB    NOT NULL,              -- stoa.order.v1.Credit
  UNIQUE (channel_id, external_ref)
) STRICT;
CREATE INDEX credits_placed ON credits (placed_at, credit_id);
