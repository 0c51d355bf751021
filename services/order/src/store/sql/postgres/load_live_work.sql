-- The kinds of work that go on for the subjects. Their orders are locked before: work begins and ends under that lock.
SELECT DISTINCT subject, kind
FROM workflow
WHERE subject = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb)))
  AND status <> 'DONE'
