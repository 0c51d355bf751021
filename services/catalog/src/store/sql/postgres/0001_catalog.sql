-- Products, what can be bought of them, where they are listed, and what inventory last said.

CREATE TABLE catalog_product (
  id          uuid    NOT NULL PRIMARY KEY,
  slug        text    NOT NULL UNIQUE,
  title       text    NOT NULL,
  description text    NOT NULL,
  state       text    NOT NULL CHECK (state IN ('ACTIVE', 'ARCHIVED')),
  -- Whether any variant that is not retired is in stock; kept by whoever writes variants or stock.
  in_stock    boolean NOT NULL,
  version     bigint  NOT NULL CHECK (version > 0),
  created_at  bigint  NOT NULL,
  updated_at  bigint  NOT NULL
);

CREATE INDEX catalog_product_listed ON catalog_product (state, title, id);

CREATE TABLE catalog_category (
  product_id uuid   NOT NULL REFERENCES catalog_product (id),
  position   bigint NOT NULL CHECK (position >= 0),
  name       text   NOT NULL,
  PRIMARY KEY (product_id, position)
);

CREATE UNIQUE INDEX catalog_category_name ON catalog_category (name, product_id);

-- A sku is one product's for good: what is no longer offered is retired, never deleted.
CREATE TABLE catalog_variant (
  sku           text    NOT NULL PRIMARY KEY CHECK (length(sku) BETWEEN 1 AND 64),
  product_id    uuid    NOT NULL REFERENCES catalog_product (id),
  position      bigint  NOT NULL CHECK (position >= 0),
  retired       boolean NOT NULL,
  title         text    NOT NULL,
  kind          text    NOT NULL CHECK (kind IN ('GOODS', 'SERVICE', 'FEE', 'SHIPPING', 'GIFT_CARD')),
  stock_tracked boolean NOT NULL,
  tax_category  text    NOT NULL,
  unit          text    NOT NULL CHECK (unit IN ('PIECE', 'GRAM', 'MILLILITER')),
  weight_grams  bigint  NOT NULL CHECK (weight_grams >= 0),
  options       text    NOT NULL CHECK (jsonb_typeof(options::jsonb) = 'object'),
  in_stock      boolean NOT NULL
);

CREATE INDEX catalog_variant_product ON catalog_variant (product_id, retired, position);

-- What inventory last said of a sku at a location, also of skus that no product has yet.
CREATE TABLE catalog_stock (
  sku         text   NOT NULL,
  location_id uuid   NOT NULL,
  available   bigint NOT NULL,
  version     bigint NOT NULL CHECK (version > 0),
  PRIMARY KEY (sku, location_id)
);
