UPDATE stoa_database SET mark = ?1 ->> 'mark' WHERE only = 1 RETURNING mark
