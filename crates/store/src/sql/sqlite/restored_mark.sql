UPDATE stoa_database
SET incarnation = randomblob(16), restored = ?1
WHERE "only" = 1
