-- What inventory says, heard anew from the beginning while catalog_stock serves.
CREATE TABLE catalog_stock_shadow (
  sku         text   NOT NULL,
  location_id uuid   NOT NULL,
  available   bigint NOT NULL,
  version     bigint NOT NULL CHECK (version > 0),
  PRIMARY KEY (sku, location_id)
);
