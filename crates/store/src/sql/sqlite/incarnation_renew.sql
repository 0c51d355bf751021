UPDATE stoa_database SET incarnation = randomblob(16) WHERE only = 1
