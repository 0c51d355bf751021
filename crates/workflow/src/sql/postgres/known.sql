SELECT id, status FROM workflow WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb))
