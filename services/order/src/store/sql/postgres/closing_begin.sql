-- $1: the closing row of an empty log, where there is none.
INSERT INTO order_closing (one, position, subjects, chain, seal)
VALUES (
  1, ($1::jsonb ->> 'position')::bigint, ($1::jsonb ->> 'subjects')::bigint, $1::jsonb ->> 'chain', $1::jsonb ->> 'seal'
)
ON CONFLICT (one) DO NOTHING
