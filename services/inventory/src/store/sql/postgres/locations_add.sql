INSERT INTO inventory_location (
    location_id, code, title, country_code, priority, version, created_at, updated_at
)
SELECT
    location.location_id, location.code, location.title, location.country_code, location.priority, location.version,
    location.created_at, location.updated_at
FROM jsonb_to_recordset($1::jsonb) AS location (
    location_id uuid, code text, title text, country_code text, priority bigint, version bigint, created_at bigint,
    updated_at bigint
)
ORDER BY location.code
