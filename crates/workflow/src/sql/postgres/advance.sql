WITH member AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, fence bigint, step text, state text, waiting_on text)
), ours AS (
  SELECT w.id FROM workflow AS w JOIN member ON member.id = w.id
  WHERE w.fence = member.fence AND w.status = 'LIVE'
  ORDER BY w.id
  FOR UPDATE OF w
)
UPDATE workflow
SET step = member.step,
    state = member.state,
    due_at = least(workflow.due_at, workflow.created_at),
    waiting_on = member.waiting_on,
    attempt = 0,
    last_error = NULL,
    updated_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM ours JOIN member ON member.id = ours.id
WHERE workflow.id = ours.id AND workflow.fence = member.fence AND workflow.status = 'LIVE'
RETURNING workflow.id AS id
