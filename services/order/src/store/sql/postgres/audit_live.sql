-- Those of the subjects on which work goes on.
SELECT DISTINCT subject
FROM workflow
WHERE subject = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb))) AND status <> 'DONE'
