-- The returns of one order, by place time.
-- A page ends where its rows pass the asked bytes too, so that the rows behind are not even read.
WITH page AS (
  SELECT return_id, placed_at, length(snapshot) AS bytes
  FROM returns
  WHERE order_id = unhex(?1 ->> 'order_hex')
    AND (placed_at, return_id) > (coalesce(?1 ->> 'after_at', -9223372036854775807), coalesce(unhex(?1 ->> 'after_id'), x''))
    AND (?1 ->> 'channel' = '' OR channel_code = ?1 ->> 'channel' OR channel_id = unhex(?1 ->> 'channel_hex'))
    AND (?1 ->> 'external_ref' = '' OR external_ref = ?1 ->> 'external_ref')
    AND (?1 ->> 'state' = 0 OR state = ?1 ->> 'state')
  ORDER BY placed_at, return_id
  LIMIT ?1 ->> 'limit'
), sized AS (
  SELECT return_id, placed_at, sum(bytes) OVER (ORDER BY placed_at, return_id ROWS UNBOUNDED PRECEDING) - bytes AS before
  FROM page
)
SELECT returns.return_id, returns.placed_at, returns.snapshot
FROM sized
JOIN returns ON returns.return_id = sized.return_id
WHERE sized.before <= ?1 ->> 'bytes'
ORDER BY sized.placed_at, sized.return_id
