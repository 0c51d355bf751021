INSERT INTO order_contacts (order_id, email, address)
SELECT x.order_id, x.email, decode(x.address, 'hex')
FROM jsonb_to_recordset($1::jsonb) AS x(order_id uuid, email text, address text)
