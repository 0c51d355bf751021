INSERT INTO order_notes (order_id, revision, text)
SELECT unhex(value ->> 'order_id'), value ->> 'revision', value ->> 'text'
FROM json_each(?1)
