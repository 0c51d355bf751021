INSERT INTO inventory_location (
    location_id, code, title, country_code, priority, version, created_at, updated_at
)
SELECT
    (location.value ->> 'location_id')::uuid,
    location.value ->> 'code',
    location.value ->> 'title',
    location.value ->> 'country_code',
    location.value ->> 'priority',
    location.value ->> 'version',
    location.value ->> 'created_at',
    location.value ->> 'updated_at'
FROM jsonb_array_elements($1::jsonb) AS location
