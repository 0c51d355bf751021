-- Products, what can be bought of them, where they are listed, and what inventory last said.

CREATE TABLE catalog_product (
  id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  slug        TEXT    NOT NULL UNIQUE,
  title       TEXT    NOT NULL,
  description TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('ACTIVE', 'ARCHIVED')),
  -- Whether any variant that is not retired is in stock; kept by whoever writes variants or stock.
  in_stock    INTEGER NOT NULL CHECK (in_stock IN (0, 1)),
  version     INTEGER NOT NULL CHECK (version > 0),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX catalog_product_listed ON catalog_product (state, title, id);

CREATE TABLE catalog_category (
  product_id BLOB    NOT NULL REFERENCES catalog_product (id),
  position   INTEGER NOT NULL CHECK (position >= 0),
  name       TEXT    NOT NULL,
  PRIMARY KEY (product_id, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX catalog_category_name ON catalog_category (name, product_id);

-- A sku is one product's for good: what is no longer offered is retired, never deleted.
CREATE TABLE catalog_variant (
  sku           TEXT    NOT NULL PRIMARY KEY CHECK (length(sku) BETWEEN 1 AND 64),
  product_id    BLOB    NOT NULL REFERENCES catalog_product (id),
  position      INTEGER NOT NULL CHECK (position >= 0),
  retired       INTEGER NOT NULL CHECK (retired IN (0, 1)),
  title         TEXT    NOT NULL,
  kind          TEXT    NOT NULL CHECK (kind IN ('GOODS', 'SERVICE', 'FEE', 'SHIPPING', 'GIFT_CARD')),
  stock_tracked INTEGER NOT NULL CHECK (stock_tracked IN (0, 1)),
  tax_category  TEXT    NOT NULL,
  unit          TEXT    NOT NULL CHECK (unit IN ('PIECE', 'GRAM', 'MILLILITER')),
  weight_grams  INTEGER NOT NULL CHECK (weight_grams >= 0),
  options       TEXT    NOT NULL CHECK (json_type(options) = 'object'),
  in_stock      INTEGER NOT NULL CHECK (in_stock IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX catalog_variant_product ON catalog_variant (product_id, retired, position);

-- What inventory last said of a sku at a location, also of skus that no product has yet.
CREATE TABLE catalog_stock (
  sku         TEXT    NOT NULL,
  location_id BLOB    NOT NULL CHECK (length(location_id) = 16),
  available   INTEGER NOT NULL,
  version     INTEGER NOT NULL CHECK (version > 0),
  PRIMARY KEY (sku, location_id)
) STRICT, WITHOUT ROWID;
