SELECT workflow_id, position FROM sweep WHERE provider = $1::jsonb #>> '{}'
