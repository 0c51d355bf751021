-- How far the log was found in order: up to a position, how many orders and credits began in it, and a chain over its events. The
-- seal is over all columns.
CREATE TABLE order_closing (
  one      bigint NOT NULL PRIMARY KEY CHECK (one = 1),
  position bigint NOT NULL CHECK (position >= 0),
  subjects bigint NOT NULL CHECK (subjects >= 0),
  chain    text   NOT NULL,
  seal     text   NOT NULL
);

-- Orders and credits of which an event lies below it, and that were not found at rest and in order since.
CREATE TABLE order_open (
  subject text NOT NULL PRIMARY KEY
);
