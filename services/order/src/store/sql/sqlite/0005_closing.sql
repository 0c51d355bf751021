-- How far the log was found in order: up to a position, how many orders and credits began in it, and a chain over its events. The
-- seal is over all columns.
CREATE TABLE order_closing (
  one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  position INTEGER NOT NULL CHECK (position >= 0),
  subjects INTEGER NOT NULL CHECK (subjects >= 0),
  chain    TEXT    NOT NULL,
  seal     TEXT    NOT NULL
) STRICT;

-- Orders and credits of which an event lies below it, and that were not found at rest and in order since.
CREATE TABLE order_open (
  subject TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
