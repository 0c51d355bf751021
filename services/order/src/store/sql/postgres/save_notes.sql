INSERT INTO order_notes (order_id, revision, text)
SELECT (value ->> 'order_id')::uuid, value ->> 'revision', value ->> 'text'
FROM jsonb_array_elements($1::jsonb)
