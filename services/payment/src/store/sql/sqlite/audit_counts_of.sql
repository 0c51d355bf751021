-- ?1: {payments}: how much there is of these.
SELECT (SELECT count(*) FROM operation WHERE payment_id IN (SELECT unhex(value) FROM json_each(?1, '$.payments'))) AS operations,
       (SELECT count(*) FROM ledger_entry WHERE payment_id IN (SELECT unhex(value) FROM json_each(?1, '$.payments'))) AS entries,
       (SELECT count(DISTINCT operation_id) FROM ledger_entry WHERE payment_id IN (SELECT unhex(value) FROM json_each(?1, '$.payments'))) AS moved,
       (SELECT count(*) FROM payment WHERE id IN (SELECT unhex(value) FROM json_each(?1, '$.payments')) AND authorized > 0) AS authorized
