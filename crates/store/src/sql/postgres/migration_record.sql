INSERT INTO stoa_migrations (component, version, name, checksum, applied_at)
VALUES ($1::jsonb ->> 'component', $1::jsonb ->> 'version', $1::jsonb ->> 'name', $1::jsonb ->> 'checksum', $1::jsonb ->> 'applied_at')
