-- One row per piece of durable work. It is control state: what it works for has a state of its own.
CREATE TABLE workflow (
  id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  kind           TEXT    NOT NULL,
  version        INTEGER NOT NULL,              -- of the definition that it was started under
  subject        TEXT    NOT NULL,              -- what it works for, e.g. ord_..
  step           TEXT    NOT NULL,
  state          TEXT    NOT NULL,              -- JSON, the kind's own
  status         TEXT    NOT NULL CHECK (status IN ('LIVE', 'STUCK', 'DONE')),
  due_at         INTEGER NOT NULL,              -- µs; not run before
  attempt        INTEGER NOT NULL DEFAULT 0,    -- failures in a row at this step
  runner         BLOB    NOT NULL CHECK (length(runner) = 16),
  fence          INTEGER NOT NULL,              -- raised by each adoption
  woken          INTEGER NOT NULL DEFAULT 0,    -- how often somebody woke it
  waiting_on     TEXT,                          -- what it is parked for, e.g. pay_..
  last_error     TEXT,
  actor          TEXT    NOT NULL,              -- on whose behalf
  correlation_id BLOB    NOT NULL CHECK (length(correlation_id) = 16),
  traceparent    TEXT,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  finished_at    INTEGER,
  CHECK ((status = 'DONE') = (finished_at IS NOT NULL))
) STRICT;

CREATE INDEX workflow_due ON workflow (due_at) WHERE status = 'LIVE';
CREATE INDEX workflow_stuck ON workflow (id) WHERE status = 'STUCK';
CREATE INDEX workflow_subject ON workflow (subject);
CREATE INDEX workflow_waiting ON workflow (waiting_on) WHERE waiting_on IS NOT NULL;

-- One row per incarnation of a binary that runs work. Its clock is the database's.
CREATE TABLE workflow_runner (
  id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  started_at  INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
