-- each
UPDATE operation
SET
    state = ?2, provider_id = ?3, failure_code = ?4, attempts = ?5, first_sent_at = ?6, last_sent_at = ?7,
    abandoned = ?8, late = ?9, workflow_id = unhex(?10), updated_at = ?11
WHERE id = unhex(?1)
