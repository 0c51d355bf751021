-- each
UPDATE payment
SET
    state = ?2, authorize_pending = ?3, authorized = ?4, authorized_excess = ?5, capture_pending = ?6, captured = ?7,
    void_pending = ?8, voided = ?9, captured_excess = ?10, refund_pending = ?11, refunded = ?12,
    refunded_excess = ?13, credit_pending = ?14, credited = ?15, credited_excess = ?16, token = ?17,
    decline_code = ?18, version = ?19, event_version = ?20, updated_at = ?21, action_kind = ?22, action_uri = ?23,
    action_until = ?24
WHERE id = unhex(?1)
