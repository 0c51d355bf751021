-- Those of the subjects on which work of a kind goes on.
SELECT DISTINCT subject
FROM workflow
WHERE subject IN (SELECT value FROM jsonb_array_elements($1::jsonb -> 'subjects'))
  AND kind = $1::jsonb ->> 'kind'
  AND status <> 'DONE'
