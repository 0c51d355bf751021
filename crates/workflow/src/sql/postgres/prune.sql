DELETE FROM workflow
WHERE id = ANY (ARRAY(SELECT w.id FROM workflow AS w
                      WHERE w.status = 'DONE' AND w.finished_at < ($1::jsonb ->> 'before')::bigint
                      ORDER BY w.finished_at LIMIT ($1::jsonb ->> 'limit')::bigint
                      FOR UPDATE SKIP LOCKED))
