SELECT place.position, event.*
FROM event_position AS place
JOIN event_log AS event ON event.seq = place.seq
WHERE place.position > ($1::jsonb ->> 'after')::bigint
ORDER BY place.position
LIMIT ($1::jsonb ->> 'limit')::bigint
