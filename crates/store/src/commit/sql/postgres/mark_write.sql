UPDATE stoa_database SET mark = $1::jsonb ->> 'mark' WHERE only = 1
