-- $1: owners; their holds, locked.
SELECT hold_id, owner, version
FROM inventory_hold
WHERE owner IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb))
ORDER BY hold_id
FOR UPDATE
