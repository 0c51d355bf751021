INSERT INTO order_contacts (order_id, email, address)
SELECT (value ->> 'order_id')::uuid, value ->> 'email', (value ->> 'address')::uuid
FROM jsonb_array_elements($1::jsonb)
