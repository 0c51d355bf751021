-- each
UPDATE quotes
SET used_by = unhex(:order_id)
WHERE quotes.quote_id = unhex(:quote_id)
