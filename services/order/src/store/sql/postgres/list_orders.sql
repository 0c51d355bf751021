-- One customer's orders, newest first.
-- A page ends where its rows pass the asked bytes too, so that the rows behind are not even read.
WITH page AS (
  SELECT order_id, created_at, length(snapshot) AS bytes
  FROM orders
  WHERE owner = $1::jsonb ->> 'owner'
    AND (created_at, order_id) < (coalesce(($1::jsonb ->> 'before_at')::bigint, 9223372036854775807), coalesce(($1::jsonb ->> 'before_id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
  ORDER BY created_at DESC, order_id DESC
  LIMIT ($1::jsonb ->> 'limit')::bigint
), sized AS (
  SELECT order_id, created_at, sum(bytes) OVER (ORDER BY created_at DESC, order_id DESC ROWS UNBOUNDED PRECEDING) - bytes AS before
  FROM page
)
SELECT orders.order_id, orders.created_at, orders.snapshot
FROM sized
JOIN orders ON orders.order_id = sized.order_id
WHERE sized.before <= ($1::jsonb ->> 'bytes')::bigint
ORDER BY sized.created_at DESC, sized.order_id DESC
