INSERT INTO operation (id, position, kind, reference, parent, token, amount, currency, state, code,
                       captured, voided, refunded, created_at, effective_at)
SELECT value ->> 'id', value ->> 'position', value ->> 'kind', value ->> 'reference', value ->> 'parent',
       value ->> 'token', value ->> 'amount', value ->> 'currency', value ->> 'state', value ->> 'code',
       value ->> 'captured', value ->> 'voided', value ->> 'refunded', value ->> 'created_at', value ->> 'effective_at'
FROM json_each(?1)
WHERE true
ON CONFLICT (id) DO UPDATE SET
    position = excluded.position, state = excluded.state, code = excluded.code, captured = excluded.captured,
    voided = excluded.voided, refunded = excluded.refunded, effective_at = excluded.effective_at
