UPDATE stoa_database
SET incarnation = gen_random_uuid(), restored = $1
WHERE "only" = 1
