INSERT INTO workflow_runner (id, started_at, lease_until)
VALUES (unhex(?1 ->> 'runner'), CAST(unixepoch('subsec') * 1000000 AS INTEGER),
        CAST(unixepoch('subsec') * 1000000 AS INTEGER) + (?1 ->> 'lease'))
