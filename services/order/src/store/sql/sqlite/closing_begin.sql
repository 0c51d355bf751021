-- ?1: the closing row of an empty log, where there is none.
INSERT INTO order_closing (one, position, subjects, chain, seal)
VALUES (1, ?1 ->> 'position', ?1 ->> 'subjects', ?1 ->> 'chain', ?1 ->> 'seal')
ON CONFLICT (one) DO NOTHING
