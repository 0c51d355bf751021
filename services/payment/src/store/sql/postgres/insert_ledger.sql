-- Positions are dense: whoever has the turn has it until he commits.
WITH leg AS (
    SELECT ordinality AS nth, value
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY
), turn AS (
    UPDATE ledger_turn SET last = last + (SELECT count(*) FROM leg) RETURNING last - (SELECT count(*) FROM leg) AS before
)
INSERT INTO ledger_entry (position, operation_id, payment_id, account, currency, amount, created_at)
SELECT turn.before + leg.nth, (leg.value ->> 0)::uuid, (leg.value ->> 1)::uuid, leg.value ->> 2, leg.value ->> 3,
       (leg.value ->> 4)::bigint, (leg.value ->> 5)::bigint
FROM leg, turn
