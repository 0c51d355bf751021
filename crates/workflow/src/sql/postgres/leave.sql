DELETE FROM workflow_runner WHERE id = ($1::jsonb ->> 'runner')::uuid
