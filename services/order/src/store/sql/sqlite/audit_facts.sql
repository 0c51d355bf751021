-- Facts behind a place: orders (class 1) by id, then credits (class 2) by id; each with whether work on it goes on.
WITH found AS (
  SELECT 1 AS class, order_id AS id, snapshot
  FROM orders
  WHERE (1, order_id) > (?1 ->> 'class', unhex(?1 ->> 'id'))
    AND (?1 ->> 'all' OR order_id IN (SELECT unhex(value) FROM json_each(?1, '$.subjects')))
  UNION ALL
  SELECT 2 AS class, credit_id AS id, snapshot
  FROM credits
  WHERE (2, credit_id) > (?1 ->> 'class', unhex(?1 ->> 'id'))
    AND (?1 ->> 'all' OR credit_id IN (SELECT unhex(value) FROM json_each(?1, '$.subjects')))
  ORDER BY class, id
  LIMIT ?1 ->> 'limit'
)
SELECT found.class, found.id, found.snapshot,
       EXISTS (SELECT 1 FROM workflow WHERE workflow.id = found.id AND workflow.status <> 'DONE') AS live
FROM found
ORDER BY found.class, found.id
