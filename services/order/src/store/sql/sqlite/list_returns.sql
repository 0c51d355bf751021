-- One customer's returns, newest first.
-- A page ends where its rows pass the asked bytes too, so that the rows behind are not even read.
WITH page AS (
  SELECT return_id, created_at, length(snapshot) AS bytes
  FROM returns
  WHERE owner = ?1 ->> 'owner'
    AND (?1 ->> 'order_hex' IS NULL OR order_id = unhex(?1 ->> 'order_hex'))
    AND (?1 ->> 'before_at' IS NULL OR (created_at, return_id) < (?1 ->> 'before_at', unhex(?1 ->> 'before_id')))
  ORDER BY created_at DESC, return_id DESC
  LIMIT ?1 ->> 'limit'
), sized AS (
  SELECT return_id, created_at, sum(bytes) OVER (ORDER BY created_at DESC, return_id DESC ROWS UNBOUNDED PRECEDING) - bytes AS before
  FROM page
)
SELECT returns.return_id, returns.created_at, returns.snapshot
FROM sized
JOIN returns ON returns.return_id = sized.return_id
WHERE sized.before <= ?1 ->> 'bytes'
ORDER BY sized.created_at DESC, sized.return_id DESC
