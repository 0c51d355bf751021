-- $1: [{reference, movements}]: what came back under it is in order, as long as it is that many movements.
UPDATE inventory_movement
SET closed = 1
WHERE kind = 'RETURN' AND closed = 0 AND reference IN (
    SELECT wanted.reference
    FROM jsonb_to_recordset($1::jsonb) AS wanted(reference text, movements bigint)
    WHERE wanted.movements = (
        SELECT count(*)
        FROM inventory_movement AS back
        WHERE back.reference = wanted.reference AND back.kind = 'RETURN'
    )
)
