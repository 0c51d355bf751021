SELECT credit_id, placed_at, snapshot
FROM credits
WHERE (placed_at, credit_id) > (coalesce(?1 ->> 'after_at', -9223372036854775807), coalesce(unhex(?1 ->> 'after_id'), x''))
  AND (?1 ->> 'channel' = '' OR channel_code = ?1 ->> 'channel' OR channel_id = unhex(?1 ->> 'channel_hex'))
  AND (?1 ->> 'external_ref' = '' OR external_ref = ?1 ->> 'external_ref')
  AND (?1 ->> 'state' = 0 OR state = ?1 ->> 'state')
ORDER BY placed_at, credit_id
LIMIT ?1 ->> 'limit'
