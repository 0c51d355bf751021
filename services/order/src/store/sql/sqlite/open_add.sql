-- ?1: subjects that have changed.
INSERT INTO order_open (subject)
SELECT value FROM json_each(?1)
WHERE true
ON CONFLICT (subject) DO NOTHING
