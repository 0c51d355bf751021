-- each
-- Positions are dense: one writer at a time.
INSERT INTO ledger_entry (position, operation_id, payment_id, account, currency, amount, created_at)
VALUES ((SELECT coalesce(max(position), 0) FROM ledger_entry) + 1, unhex(?1), unhex(?2), ?3, ?4, ?5, ?6)
