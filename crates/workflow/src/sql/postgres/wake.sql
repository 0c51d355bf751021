WITH named AS (
  SELECT value AS name FROM jsonb_array_elements_text($1::jsonb)
), sleeper AS (
  SELECT w.id FROM workflow AS w
  WHERE w.status = 'LIVE'
    AND w.id = ANY (ARRAY(SELECT s.id FROM workflow AS s WHERE s.subject = ANY (ARRAY(SELECT name FROM named))
                          UNION ALL
                          SELECT s.id FROM workflow AS s WHERE s.waiting_on = ANY (ARRAY(SELECT name FROM named))))
  ORDER BY w.id
  FOR UPDATE OF w
)
UPDATE workflow
SET due_at = least(workflow.due_at, workflow.created_at),
    woken = workflow.woken + 1,
    waiting_on = NULL
FROM sleeper
WHERE workflow.id = sleeper.id AND workflow.status = 'LIVE'
