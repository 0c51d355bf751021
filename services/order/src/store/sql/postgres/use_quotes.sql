UPDATE quotes
SET used_by = used.order_id
FROM jsonb_to_recordset($1::jsonb) AS used(quote_id uuid, order_id uuid)
WHERE quotes.quote_id = ANY (ARRAY(SELECT (one ->> 'quote_id')::uuid FROM jsonb_array_elements($1::jsonb) AS one))
  AND quotes.quote_id = used.quote_id
