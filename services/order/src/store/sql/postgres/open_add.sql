-- $1: subjects that have changed.
INSERT INTO order_open (subject)
SELECT value FROM jsonb_array_elements_text($1::jsonb)
ORDER BY value
ON CONFLICT (subject) DO NOTHING
