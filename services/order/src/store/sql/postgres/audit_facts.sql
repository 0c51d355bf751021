-- Facts behind a place: orders (class 1) by id, then credits (class 2) by id.
-- A page ends where its rows pass the asked bytes too. Ids are compared alone, so that a page begins at its place.
WITH found_orders AS (
  SELECT 1::bigint AS class, order_id AS id, length(snapshot) AS bytes
  FROM orders
  WHERE order_id > CASE ($1::jsonb ->> 'class')::bigint WHEN 0 THEN '00000000-0000-0000-0000-000000000000'::uuid WHEN 1 THEN nullif($1::jsonb ->> 'id', '')::uuid
                   ELSE 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid END
  ORDER BY order_id
  LIMIT ($1::jsonb ->> 'limit')::bigint
), found_credits AS (
  SELECT 2::bigint AS class, credit_id AS id, length(snapshot) AS bytes
  FROM credits
  WHERE credit_id > CASE ($1::jsonb ->> 'class')::bigint WHEN 2 THEN nullif($1::jsonb ->> 'id', '')::uuid ELSE '00000000-0000-0000-0000-000000000000'::uuid END
  ORDER BY credit_id
  LIMIT ($1::jsonb ->> 'limit')::bigint
), page AS (
  SELECT class, id, bytes FROM found_orders
  UNION ALL
  SELECT class, id, bytes FROM found_credits
  ORDER BY class, id
  LIMIT ($1::jsonb ->> 'limit')::bigint
), sized AS (
  SELECT class, id, sum(bytes) OVER (ORDER BY class, id ROWS UNBOUNDED PRECEDING) - bytes AS before
  FROM page
)
SELECT sized.class, sized.id, coalesce(orders.snapshot, credits.snapshot) AS snapshot
FROM sized
LEFT JOIN orders ON sized.class = 1 AND orders.order_id = sized.id
LEFT JOIN credits ON sized.class = 2 AND credits.credit_id = sized.id
WHERE sized.before <= ($1::jsonb ->> 'bytes')::bigint
ORDER BY sized.class, sized.id
