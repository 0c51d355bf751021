-- $1: holds; they are in order as they are.
UPDATE inventory_hold
SET closed = version
WHERE hold_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb))
