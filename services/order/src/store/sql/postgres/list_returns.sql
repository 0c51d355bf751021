-- One customer's returns, newest first.
-- A page ends where its rows pass the asked bytes too, so that the rows behind are not even read.
WITH page AS (
  SELECT return_id, created_at, length(snapshot) AS bytes
  FROM returns
  WHERE owner = $1::jsonb ->> 'owner'
    AND (created_at, return_id) < (coalesce(($1::jsonb ->> 'before_at')::bigint, 9223372036854775807), coalesce(($1::jsonb ->> 'before_id')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
    AND ($1::jsonb ->> 'order_hex' IS NULL OR order_id = ($1::jsonb ->> 'order_hex')::uuid)
  ORDER BY created_at DESC, return_id DESC
  LIMIT ($1::jsonb ->> 'limit')::bigint
), sized AS (
  SELECT return_id, created_at, sum(bytes) OVER (ORDER BY created_at DESC, return_id DESC ROWS UNBOUNDED PRECEDING) - bytes AS before
  FROM page
)
SELECT returns.return_id, returns.created_at, returns.snapshot
FROM sized
JOIN returns ON returns.return_id = sized.return_id
WHERE sized.before <= ($1::jsonb ->> 'bytes')::bigint
ORDER BY sized.created_at DESC, sized.return_id DESC
