-- One row per piece of durable work. It is control state: what it works for has a state of its own.
-- Every time here is by the database's clock, because the runners of several machines share it.
CREATE TABLE workflow (
  id             uuid   NOT NULL PRIMARY KEY,
  kind           text   NOT NULL,
  version        bigint NOT NULL,              -- of the definition that it was started under
  subject        text   NOT NULL,              -- what it works for, e.g. ord_..
  step           text   NOT NULL,
  state          text   NOT NULL,              -- JSON, the kind's own
  status         text   NOT NULL CHECK (status IN ('LIVE', 'STUCK', 'DONE')),
  due_at         bigint NOT NULL,              -- µs; not run before
  attempt        bigint NOT NULL DEFAULT 0,    -- failures in a row at this step
  runner         uuid   NOT NULL,
  fence          bigint NOT NULL,              -- raised by each adoption
  woken          bigint NOT NULL DEFAULT 0,    -- how often somebody woke it
  waiting_on     text,                         -- what it is parked for, e.g. pay_..
  last_error     text,
  actor          text   NOT NULL,              -- on whose behalf
  correlation_id uuid   NOT NULL,
  traceparent    text,
  created_at     bigint NOT NULL,
  updated_at     bigint NOT NULL,
  finished_at    bigint,
  CHECK ((status = 'DONE') = (finished_at IS NOT NULL))
);

-- What a runner has to do, and which runners have anything to do.
CREATE INDEX workflow_due ON workflow (runner, due_at) WHERE status <> 'DONE';
CREATE INDEX workflow_open ON workflow (id) WHERE status <> 'DONE';
CREATE INDEX workflow_done ON workflow (finished_at) WHERE status = 'DONE';
CREATE INDEX workflow_subject ON workflow (subject);
CREATE INDEX workflow_waiting ON workflow (waiting_on) WHERE waiting_on IS NOT NULL;

-- One row per incarnation of a binary that runs work. Its clock is the database's.
CREATE TABLE workflow_runner (
  id          uuid   NOT NULL PRIMARY KEY,
  started_at  bigint NOT NULL,
  lease_until bigint NOT NULL
);
