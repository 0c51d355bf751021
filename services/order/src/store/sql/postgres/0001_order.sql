-- A price promise. Its id is unguessable and scoped to its owner; it is used once.
CREATE TABLE quotes (
  quote_id    uuid   NOT NULL PRIMARY KEY,
  owner       text   NOT NULL,              -- idempotency scope of whoever asked: guest hash or staff
  staff       bigint NOT NULL CHECK (staff IN (0, 1)),
  expires_at  bigint NOT NULL,              -- µs
  used_by     uuid   UNIQUE,
  created_at  bigint NOT NULL,
  snapshot    bytea  NOT NULL               -- stoa.order.v1.Quote
);

-- The fold of an order's events, inline. The columns beside the snapshot are what is searched, joined or summed.
CREATE TABLE orders (
  order_id     uuid   NOT NULL PRIMARY KEY,
  channel_id   uuid   NOT NULL,
  channel_code text   NOT NULL,
  owner        text   NOT NULL,
  customer_ref text   NOT NULL,
  external_ref text,
  quote_id     uuid   NOT NULL UNIQUE,
  state        bigint NOT NULL,
  revision     bigint NOT NULL CHECK (revision > 0),
  currency     text   NOT NULL,
  total        bigint NOT NULL CHECK (total >= 0),
  captured     bigint NOT NULL CHECK (captured >= 0),
  refunded     bigint NOT NULL CHECK (refunded >= 0 AND refunded <= captured),
  placed_at    bigint NOT NULL,
  created_at   bigint NOT NULL,
  updated_at   bigint NOT NULL,
  snapshot     bytea  NOT NULL,              -- stoa.order.v1.Order
  UNIQUE (channel_id, external_ref)
);
CREATE INDEX orders_placed ON orders (placed_at, order_id);
CREATE INDEX orders_external ON orders (external_ref) WHERE external_ref IS NOT NULL;
CREATE INDEX orders_owner ON orders (owner, created_at, order_id);
CREATE INDEX orders_customer ON orders (customer_ref, placed_at, order_id) WHERE customer_ref <> '';

-- Who gets it and where: apart, so that it can be erased and the order stays.
CREATE TABLE order_contacts (
  order_id  uuid   NOT NULL PRIMARY KEY,
  email     text   NOT NULL,
  address   bytea  NOT NULL                     -- stoa.type.v1.Address, empty where there is none
);

CREATE TABLE returns (
  return_id    uuid   NOT NULL PRIMARY KEY,
  order_id     uuid   NOT NULL,
  channel_id   uuid   NOT NULL,
  channel_code text   NOT NULL,
  owner        text   NOT NULL,
  external_ref text,
  state        bigint NOT NULL,
  version      bigint NOT NULL CHECK (version > 0),
  placed_at    bigint NOT NULL,
  created_at   bigint NOT NULL,
  updated_at   bigint NOT NULL,
  snapshot     bytea  NOT NULL,              -- stoa.order.v1.Return
  UNIQUE (order_id, external_ref)
);
CREATE INDEX returns_placed ON returns (placed_at, return_id);
CREATE INDEX returns_owner ON returns (owner, created_at, return_id);

CREATE TABLE credits (
  credit_id    uuid   NOT NULL PRIMARY KEY,
  channel_id   uuid   NOT NULL,
  channel_code text   NOT NULL,
  external_ref text   NOT NULL,
  state        bigint NOT NULL,
  version      bigint NOT NULL CHECK (version > 0),
  placed_at    bigint NOT NULL,
  created_at   bigint NOT NULL,
  updated_at   bigint NOT NULL,
  snapshot     bytea  NOT NULL,              -- stoa.order.v1.Credit
  UNIQUE (channel_id, external_ref)
);
CREATE INDEX credits_placed ON credits (placed_at, credit_id);
