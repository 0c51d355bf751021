-- Returns by place time; what is not asked for is not filtered.
-- A page ends where its rows pass the asked bytes too, so that the rows behind are not even read.
WITH page AS (
  SELECT return_id, placed_at, length(snapshot) AS bytes
  FROM returns
  WHERE (placed_at, return_id) > (coalesce(($1::jsonb ->> 'after_at')::bigint, -9223372036854775807), coalesce(($1::jsonb ->> 'after_id')::uuid, '00000000-0000-0000-0000-000000000000'::uuid))
    AND ($1::jsonb ->> 'channel' = '' OR channel_code = $1::jsonb ->> 'channel' OR channel_id = ($1::jsonb ->> 'channel_hex')::uuid)
    AND (($1::jsonb ->> 'state')::bigint = 0 OR state = ($1::jsonb ->> 'state')::bigint)
  ORDER BY placed_at, return_id
  LIMIT ($1::jsonb ->> 'limit')::bigint
), sized AS (
  SELECT return_id, placed_at, sum(bytes) OVER (ORDER BY placed_at, return_id ROWS UNBOUNDED PRECEDING) - bytes AS before
  FROM page
)
SELECT returns.return_id, returns.placed_at, returns.snapshot
FROM sized
JOIN returns ON returns.return_id = sized.return_id
WHERE sized.before <= ($1::jsonb ->> 'bytes')::bigint
ORDER BY sized.placed_at, sized.return_id
