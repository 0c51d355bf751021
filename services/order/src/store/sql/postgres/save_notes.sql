INSERT INTO order_notes (order_id, revision, text)
SELECT x.order_id, x.revision, x.text
FROM jsonb_to_recordset($1::jsonb) AS x(order_id uuid, revision bigint, text text)
