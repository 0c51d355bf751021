INSERT INTO stoa_migrations (component, version, name, checksum, applied_at)
SELECT component, version, name, checksum, applied_at
FROM jsonb_to_record($1::jsonb) AS ran (component text, version bigint, name text, checksum text, applied_at bigint)
