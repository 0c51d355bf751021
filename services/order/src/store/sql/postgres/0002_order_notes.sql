-- Why somebody did what an event records, in his own words: apart from the order and its events, so that it can be erased.
CREATE TABLE order_notes (
  order_id uuid   NOT NULL,
  revision bigint NOT NULL CHECK (revision > 0),   -- of the event
  text     text   NOT NULL,
  PRIMARY KEY (order_id, revision)
);
