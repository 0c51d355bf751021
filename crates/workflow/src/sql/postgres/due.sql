SELECT w.id, w.due_at - clock.now AS wait
FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) AS clock, workflow AS w
WHERE w.status = 'LIVE' AND w.status <> 'DONE'
  AND w.runner = ($1::jsonb ->> 'runner')::uuid
  AND w.due_at <= (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + ($1::jsonb ->> 'ahead')::bigint)
ORDER BY w.due_at LIMIT ($1::jsonb ->> 'limit')::bigint
