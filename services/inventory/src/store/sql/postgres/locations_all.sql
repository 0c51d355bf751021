SELECT location_id, code, title, country_code, priority, version, created_at, updated_at
FROM inventory_location
ORDER BY priority, code
