DELETE FROM workflow_runner WHERE id = unhex(?1 ->> 'runner')
