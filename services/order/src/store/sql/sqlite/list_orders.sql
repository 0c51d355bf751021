-- One customer's orders, newest first.
SELECT order_id, owner, created_at, snapshot
FROM orders
WHERE owner = ?1 ->> 'owner'
  AND (?1 ->> 'before_at' IS NULL
       OR (created_at, order_id) < (?1 ->> 'before_at', unhex(?1 ->> 'before_id')))
ORDER BY created_at DESC, order_id DESC
LIMIT ?1 ->> 'limit'
