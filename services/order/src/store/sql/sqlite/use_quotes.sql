UPDATE quotes
SET used_by = unhex(used.value ->> 'order_id')
FROM json_each(?1) AS used
WHERE quotes.quote_id = unhex(used.value ->> 'quote_id')
