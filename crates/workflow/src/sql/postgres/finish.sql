WITH member AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, fence bigint)
), ours AS (
  SELECT w.id FROM workflow AS w JOIN member ON member.id = w.id
  WHERE w.fence = member.fence AND w.status = 'LIVE'
  ORDER BY w.id
  FOR UPDATE OF w
)
UPDATE workflow
SET status = 'DONE',
    state = 'null',          -- done work needs none, and it may hold a secret
    waiting_on = NULL,
    last_error = NULL,
    updated_at = clock.now,
    finished_at = clock.now
FROM ours JOIN member ON member.id = ours.id, (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) AS clock
WHERE workflow.id = ours.id AND workflow.fence = member.fence AND workflow.status = 'LIVE'
RETURNING workflow.id AS id
