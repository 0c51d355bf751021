-- ?1: the levels at places where nothing was booked before, each once.
INSERT INTO inventory_level (
    sku, location_id, on_hand, allocated, held, backorder_limit, shortfall, version, created_at, updated_at
)
SELECT
    level.value ->> 'sku',
    unhex(level.value ->> 'location_id'),
    level.value ->> 'on_hand',
    level.value ->> 'allocated',
    level.value ->> 'held',
    level.value ->> 'backorder_limit',
    level.value ->> 'shortfall',
    level.value ->> 'version',
    level.value ->> 'created_at',
    level.value ->> 'updated_at'
FROM json_each(?1) AS level
