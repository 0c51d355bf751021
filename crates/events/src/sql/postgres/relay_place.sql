-- A row that is visible now may have a lower `seq` than one that has its position since long; it gets the next one all
-- the same. Within an aggregate the order holds: version n + 1 draws its `seq` when n is committed.
WITH placed AS (
    DELETE FROM event_unplaced
    WHERE seq IN (SELECT seq FROM event_unplaced ORDER BY seq LIMIT ($1::jsonb ->> 'most')::bigint)
    RETURNING seq
),
last AS (
    SELECT coalesce((SELECT position FROM event_position ORDER BY position DESC LIMIT 1), 0) AS position
)
INSERT INTO event_position (position, seq)
SELECT last.position + row_number() OVER (ORDER BY placed.seq), placed.seq
FROM placed, last
