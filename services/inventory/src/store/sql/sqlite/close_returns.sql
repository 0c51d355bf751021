-- ?1: [{reference, movements}]: what came back under it is in order, as long as it is that many movements.
UPDATE inventory_movement
SET closed = 1
WHERE kind = 'RETURN' AND closed = 0 AND reference IN (
    SELECT wanted.value ->> 'reference'
    FROM json_each(?1) AS wanted
    WHERE wanted.value ->> 'movements' = (
        SELECT COUNT(*)
        FROM inventory_movement AS back
        WHERE back.reference = wanted.value ->> 'reference' AND back.kind = 'RETURN'
    )
)
