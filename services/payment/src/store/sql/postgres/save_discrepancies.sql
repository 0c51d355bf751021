INSERT INTO discrepancy (provider, position, reference, problem, seen_at)
SELECT value ->> 'provider', value ->> 'position', value ->> 'reference', value ->> 'problem', value ->> 'seen_at'
FROM jsonb_array_elements($1::jsonb)
WHERE true
ON CONFLICT (provider, position) DO NOTHING
