SELECT returns.return_id, returns.order_id, returns.external_ref
FROM jsonb_array_elements($1::jsonb) AS wanted
JOIN returns
  ON returns.order_id = (wanted.value ->> 'order_id')::uuid
 AND returns.external_ref = wanted.value ->> 'external_ref'
