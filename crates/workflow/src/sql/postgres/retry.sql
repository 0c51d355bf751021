WITH chosen AS (
  SELECT w.id FROM workflow AS w
  WHERE w.id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)) AND w.status <> 'DONE'
  ORDER BY w.id
  FOR UPDATE OF w
)
UPDATE workflow
SET status = 'LIVE', due_at = least(workflow.due_at, workflow.created_at), woken = workflow.woken + 1, attempt = 0,
    waiting_on = NULL, updated_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
FROM chosen
WHERE workflow.id = chosen.id AND workflow.status <> 'DONE'
RETURNING workflow.id AS id
