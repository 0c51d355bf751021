-- The kinds of work that go on for the subjects.
SELECT DISTINCT subject, kind
FROM workflow
WHERE subject IN (SELECT value FROM json_each(?1))
  AND status <> 'DONE'
