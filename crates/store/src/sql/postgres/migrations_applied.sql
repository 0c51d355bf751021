SELECT component, version, checksum FROM stoa_migrations ORDER BY component, version
