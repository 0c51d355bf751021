-- Those of the subjects on which work of a kind goes on.
SELECT DISTINCT subject
FROM workflow
WHERE subject IN (SELECT value FROM json_each(?1, '$.subjects'))
  AND kind = ?1 ->> 'kind'
  AND status <> 'DONE'
