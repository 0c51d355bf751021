-- each
INSERT INTO quotes (quote_id, owner, staff, expires_at, created_at, snapshot)
VALUES (
    unhex(:quote_id), :owner, :staff, :expires_at, :created_at,
       unhex(:snapshot)
)
