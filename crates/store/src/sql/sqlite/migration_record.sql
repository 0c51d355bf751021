INSERT INTO stoa_migrations (component, version, name, checksum, applied_at)
VALUES (?1 ->> 'component', ?1 ->> 'version', ?1 ->> 'name', ?1 ->> 'checksum', ?1 ->> 'applied_at')
