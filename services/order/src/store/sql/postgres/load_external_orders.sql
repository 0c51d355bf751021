SELECT orders.order_id, orders.channel_id, orders.external_ref
FROM jsonb_array_elements($1::jsonb) AS wanted
JOIN orders
  ON orders.channel_id = (wanted.value ->> 'channel_id')::uuid
 AND orders.external_ref = wanted.value ->> 'external_ref'
