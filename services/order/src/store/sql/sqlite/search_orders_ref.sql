-- Orders with one external reference: at most one per channel.
SELECT order_id, owner, placed_at, snapshot
FROM orders
WHERE external_ref = ?1 ->> 'external_ref'
  AND (placed_at, order_id) > (coalesce(?1 ->> 'after_at', -9223372036854775807), coalesce(unhex(?1 ->> 'after_id'), x''))
  AND (?1 ->> 'channel' = '' OR channel_code = ?1 ->> 'channel' OR channel_id = unhex(?1 ->> 'channel_hex'))
  AND (?1 ->> 'customer_ref' = '' OR customer_ref = ?1 ->> 'customer_ref')
  AND (?1 ->> 'state' = 0 OR state = ?1 ->> 'state')
ORDER BY placed_at, order_id
LIMIT ?1 ->> 'limit'
