UPDATE workflow
SET status = 'LIVE', due_at = least(due_at, created_at), woken = woken + 1, attempt = 0, waiting_on = NULL,
    updated_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
WHERE id IN (SELECT (value)::uuid FROM jsonb_array_elements($1::jsonb)) AND status <> 'DONE'
RETURNING id
