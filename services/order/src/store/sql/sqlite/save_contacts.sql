INSERT INTO order_contacts (order_id, email, address)
SELECT unhex(value ->> 'order_id'), value ->> 'email', unhex(value ->> 'address')
FROM json_each(?1)
