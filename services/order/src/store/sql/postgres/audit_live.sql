-- Those of the subjects on which work goes on.
SELECT DISTINCT subject
FROM workflow
WHERE subject IN (SELECT value FROM jsonb_array_elements($1::jsonb)) AND status <> 'DONE'
