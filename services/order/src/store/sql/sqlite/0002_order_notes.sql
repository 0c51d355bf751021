-- Why somebody did what an event records, in his own words: apart from the order and its events, so that it can be erased.
CREATE TABLE order_notes (
  order_id BLOB    NOT NULL CHECK (length(order_id) = 16),
  revision INTEGER NOT NULL CHECK (revision > 0),   -- of the event
  text     TEXT    NOT NULL,
  PRIMARY KEY (order_id, revision)
) STRICT, WITHOUT ROWID;
