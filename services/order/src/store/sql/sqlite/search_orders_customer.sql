-- Orders of one customer of the merchant's, by place time.
-- A page ends where its rows pass the asked bytes too, so that the rows behind are not even read.
WITH page AS (
  SELECT order_id, placed_at, length(snapshot) AS bytes
  FROM orders
  WHERE customer_ref = ?1 ->> 'customer_ref'
    AND customer_ref <> ''
    AND (placed_at, order_id) > (coalesce(?1 ->> 'after_at', -9223372036854775807), coalesce(unhex(?1 ->> 'after_id'), x''))
    AND (?1 ->> 'channel' = '' OR channel_code = ?1 ->> 'channel' OR channel_id = unhex(?1 ->> 'channel_hex'))
    AND (?1 ->> 'state' = 0 OR state = ?1 ->> 'state')
  ORDER BY placed_at, order_id
  LIMIT ?1 ->> 'limit'
), sized AS (
  SELECT order_id, placed_at, sum(bytes) OVER (ORDER BY placed_at, order_id ROWS UNBOUNDED PRECEDING) - bytes AS before
  FROM page
)
SELECT orders.order_id, orders.placed_at, orders.snapshot
FROM sized
JOIN orders ON orders.order_id = sized.order_id
WHERE sized.before <= ?1 ->> 'bytes'
ORDER BY sized.placed_at, sized.order_id
