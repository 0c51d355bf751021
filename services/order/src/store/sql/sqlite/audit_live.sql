-- Those of the subjects on which work goes on.
SELECT DISTINCT subject
FROM workflow
WHERE subject IN (SELECT value FROM json_each(?1)) AND status <> 'DONE'
