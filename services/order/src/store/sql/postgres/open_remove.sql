-- $1: [{subject, id, version}]: orders and credits that are in order, as long as they have this version.
DELETE FROM order_open
WHERE subject IN (
  SELECT judged.subject
  FROM jsonb_to_recordset($1::jsonb) AS judged(subject text, id uuid, version bigint)
  LEFT JOIN orders ON orders.order_id = judged.id
  LEFT JOIN credits ON credits.credit_id = judged.id
  WHERE coalesce(orders.revision, credits.version) = judged.version
)
