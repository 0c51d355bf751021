SELECT credits.credit_id, credits.channel_id, credits.external_ref
FROM json_each(?1) AS wanted
JOIN credits
  ON credits.channel_id = unhex(wanted.value ->> 'channel_id')
 AND credits.external_ref = wanted.value ->> 'external_ref'
