SELECT id FROM operation
WHERE state = 'SUCCEEDED' AND reported = 0 AND updated_at < ($1::jsonb ->> 'before')::bigint
  AND id > coalesce(nullif($1::jsonb ->> 'after', '')::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
ORDER BY id
LIMIT 1000
