-- each
INSERT INTO order_contacts (order_id, email, address)
VALUES (
    unhex(:order_id), :email, unhex(:address)
)
