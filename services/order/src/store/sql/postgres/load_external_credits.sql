SELECT credits.credit_id, credits.channel_id, credits.external_ref
FROM jsonb_array_elements($1::jsonb) AS wanted
JOIN credits
  ON credits.channel_id = (wanted.value ->> 'channel_id')::uuid
 AND credits.external_ref = wanted.value ->> 'external_ref'
