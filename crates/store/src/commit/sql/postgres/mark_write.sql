-- Its own number marks a transaction; nothing is written, so lanes do not wait for one another.
SELECT pg_current_xact_id()::text::bigint AS mark
