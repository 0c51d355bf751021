UPDATE quotes
SET used_by = (used.value ->> 'order_id')::uuid
FROM jsonb_array_elements($1::jsonb) AS used
WHERE quotes.quote_id = (used.value ->> 'quote_id')::uuid
