-- What the caller's clock says is taken as a distance from his own now; 9223372036854775807 is never.
WITH member AS (
  SELECT x.*, CASE WHEN x.due_at = 9223372036854775807 THEN x.due_at
                   ELSE least(x.due_at - x.now, 9223372036854775807 - clock.now) + clock.now END AS due,
         clock.now AS at
  FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, fence bigint, woken bigint, status text, due_at bigint, now bigint,
                                          waiting_on text, attempt bigint, last_error text),
       (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) AS clock
), ours AS (
  SELECT w.id FROM workflow AS w JOIN member ON member.id = w.id
  WHERE w.fence = member.fence AND w.status = 'LIVE'
  ORDER BY w.id
  FOR UPDATE OF w
)
UPDATE workflow
SET status = member.status,
    due_at = CASE WHEN workflow.woken > member.woken THEN least(workflow.due_at, member.due) ELSE member.due END,
    waiting_on = CASE WHEN workflow.woken > member.woken THEN NULL ELSE member.waiting_on END,
    attempt = member.attempt,
    last_error = member.last_error,
    updated_at = member.at
FROM ours JOIN member ON member.id = ours.id
WHERE workflow.id = ours.id AND workflow.fence = member.fence AND workflow.status = 'LIVE'
RETURNING workflow.id AS id, workflow.due_at - member.at AS wait
