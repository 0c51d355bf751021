-- A reference that another transaction records at this moment is refused by its unique index, and decided on anew.
SELECT credits.credit_id, credits.channel_id, credits.external_ref
FROM jsonb_to_recordset($1::jsonb) AS wanted(channel_id uuid, external_ref text)
JOIN credits
  ON credits.channel_id = wanted.channel_id
 AND credits.external_ref = wanted.external_ref
WHERE credits.external_ref = ANY (ARRAY(SELECT one ->> 'external_ref' FROM jsonb_array_elements($1::jsonb) AS one))
