-- Their orders are locked before them, and with these all that changes a return.
SELECT return_id, owner, version, snapshot
FROM returns
WHERE return_id = ANY (ARRAY(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb)))
ORDER BY return_id
