UPDATE stoa_database SET incarnation = gen_random_uuid() WHERE "only" = 1
