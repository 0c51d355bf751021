-- A reference that another transaction records at this moment is refused by its unique index, and decided on anew.
SELECT orders.order_id, orders.channel_id, orders.external_ref
FROM jsonb_to_recordset($1::jsonb) AS wanted(channel_id uuid, external_ref text)
JOIN orders
  ON orders.channel_id = wanted.channel_id
 AND orders.external_ref = wanted.external_ref
WHERE orders.external_ref = ANY (ARRAY(SELECT one ->> 'external_ref' FROM jsonb_array_elements($1::jsonb) AS one))
