-- Orders by place time; what is not asked for is not filtered.
-- A page ends where its rows pass the asked bytes too, so that the rows behind are not even read.
WITH page AS (
  SELECT order_id, placed_at, length(snapshot) AS bytes
  FROM orders
  WHERE (placed_at, order_id) > (coalesce(($1::jsonb ->> 'after_at')::bigint, -9223372036854775807), coalesce(($1::jsonb ->> 'after_id')::uuid, '00000000-0000-0000-0000-000000000000'::uuid))
    AND ($1::jsonb ->> 'channel' = '' OR channel_code = $1::jsonb ->> 'channel' OR channel_id = ($1::jsonb ->> 'channel_hex')::uuid)
    AND (($1::jsonb ->> 'state')::bigint = 0 OR state = ($1::jsonb ->> 'state')::bigint)
  ORDER BY placed_at, order_id
  LIMIT ($1::jsonb ->> 'limit')::bigint
), sized AS (
  SELECT order_id, placed_at, sum(bytes) OVER (ORDER BY placed_at, order_id ROWS UNBOUNDED PRECEDING) - bytes AS before
  FROM page
)
SELECT orders.order_id, orders.placed_at, orders.snapshot
FROM sized
JOIN orders ON orders.order_id = sized.order_id
WHERE sized.before <= ($1::jsonb ->> 'bytes')::bigint
ORDER BY sized.placed_at, sized.order_id
