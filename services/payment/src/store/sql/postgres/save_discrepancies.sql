INSERT INTO discrepancy (provider, position, reference, problem, seen_at)
SELECT x.provider, x.position, x.reference, x.problem, x.seen_at
FROM jsonb_to_recordset($1::jsonb) AS x(provider text, position bigint, reference text, problem text, seen_at bigint)
ORDER BY x.provider, x.position
ON CONFLICT (provider, position) DO NOTHING
