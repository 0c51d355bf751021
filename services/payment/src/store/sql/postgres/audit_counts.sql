SELECT (SELECT count(*) FROM payment) AS payments,
       (SELECT count(*) FROM operation) AS operations,
       (SELECT count(DISTINCT operation_id) FROM ledger_entry) AS moved,
       (SELECT coalesce(max(position), 0) FROM sweep) AS swept,
       (SELECT count(*) FROM payment WHERE authorized > 0) AS authorized
