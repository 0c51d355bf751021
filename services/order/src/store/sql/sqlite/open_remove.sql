-- ?1: [{subject, id, version}]: orders and credits that are in order, as long as they have this version.
DELETE FROM order_open
WHERE subject IN (
  SELECT judged.value ->> 'subject'
  FROM json_each(?1) AS judged
  LEFT JOIN orders ON orders.order_id = unhex(judged.value ->> 'id')
  LEFT JOIN credits ON credits.credit_id = unhex(judged.value ->> 'id')
  WHERE coalesce(orders.revision, credits.version) = judged.value ->> 'version'
)
