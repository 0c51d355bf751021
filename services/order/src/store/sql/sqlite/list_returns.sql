SELECT return_id, owner, created_at, snapshot
FROM returns
WHERE owner = ?1 ->> 'owner'
  AND (?1 ->> 'order_hex' IS NULL OR order_id = unhex(?1 ->> 'order_hex'))
  AND (?1 ->> 'before_at' IS NULL
       OR (created_at, return_id) < (?1 ->> 'before_at', unhex(?1 ->> 'before_id')))
ORDER BY created_at DESC, return_id DESC
LIMIT ?1 ->> 'limit'
