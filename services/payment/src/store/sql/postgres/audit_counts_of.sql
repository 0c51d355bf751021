-- $1: {payments}: how much there is of these.
SELECT (SELECT count(*) FROM operation WHERE payment_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))) AS operations,
       (SELECT count(*) FROM ledger_entry WHERE payment_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))) AS entries,
       (SELECT count(DISTINCT operation_id) FROM ledger_entry WHERE payment_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))) AS moved,
       (SELECT count(*) FROM payment WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments')) AND authorized > 0) AS authorized
