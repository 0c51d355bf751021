-- Takes all work of runners that have no row. The owners are found by steps through the index, however much work lives; the
-- rows are locked in the order of their ids.
WITH RECURSIVE owner (id) AS (
  SELECT (SELECT runner FROM workflow WHERE status <> 'DONE' ORDER BY runner LIMIT 1)
  UNION ALL
  SELECT (SELECT w.runner FROM workflow AS w WHERE w.status <> 'DONE' AND w.runner > owner.id ORDER BY w.runner LIMIT 1)
  FROM owner WHERE owner.id IS NOT NULL
), orphan AS (
  SELECT w.id, w.runner
  FROM workflow AS w
  WHERE w.status <> 'DONE'
    AND w.runner IN (SELECT owner.id FROM owner
                     WHERE owner.id IS NOT NULL
                       AND NOT EXISTS (SELECT 1 FROM workflow_runner AS r WHERE r.id = owner.id))
  ORDER BY w.id
  FOR UPDATE OF w
)
UPDATE workflow
SET runner = ($1::jsonb ->> 'runner')::uuid, fence = workflow.fence + 1
FROM orphan
WHERE workflow.id = orphan.id AND workflow.runner = orphan.runner AND workflow.status <> 'DONE'
