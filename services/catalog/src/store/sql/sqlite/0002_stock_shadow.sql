-- What inventory says, heard anew from the beginning while catalog_stock serves.
CREATE TABLE catalog_stock_shadow (
  sku         TEXT    NOT NULL,
  location_id BLOB    NOT NULL CHECK (length(location_id) = 16),
  available   INTEGER NOT NULL,
  version     INTEGER NOT NULL CHECK (version > 0),
  PRIMARY KEY (sku, location_id)
) STRICT, WITHOUT ROWID;
