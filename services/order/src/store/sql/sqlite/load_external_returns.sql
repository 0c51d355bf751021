SELECT returns.return_id, returns.order_id, returns.external_ref
FROM json_each(?1) AS wanted
JOIN returns
  ON returns.order_id = unhex(wanted.value ->> 'order_id')
 AND returns.external_ref = wanted.value ->> 'external_ref'
