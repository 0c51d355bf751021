SELECT orders.order_id, orders.channel_id, orders.external_ref
FROM json_each(?1) AS wanted
JOIN orders
  ON orders.channel_id = unhex(wanted.value ->> 'channel_id')
 AND orders.external_ref = wanted.value ->> 'external_ref'
