UPDATE order_closing
SET position = ($1::jsonb ->> 'position')::bigint, subjects = ($1::jsonb ->> 'subjects')::bigint,
    chain = $1::jsonb ->> 'chain', seal = $1::jsonb ->> 'seal'
WHERE one = 1
