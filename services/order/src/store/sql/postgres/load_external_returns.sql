-- A reference that another transaction records at this moment is refused by its unique index, and decided on anew.
SELECT returns.return_id, returns.order_id, returns.external_ref
FROM jsonb_to_recordset($1::jsonb) AS wanted(order_id uuid, external_ref text)
JOIN returns
  ON returns.order_id = wanted.order_id
 AND returns.external_ref = wanted.external_ref
WHERE returns.order_id = ANY (ARRAY(SELECT (one ->> 'order_id')::uuid FROM jsonb_array_elements($1::jsonb) AS one))
