-- $1: the levels as they are from now on, each once, sorted by sku and location.
INSERT INTO inventory_level (
    sku, location_id, on_hand, allocated, held, backorder_limit, shortfall, version, created_at, updated_at
)
SELECT
    level.value ->> 'sku',
    (level.value ->> 'location_id')::uuid,
    level.value ->> 'on_hand',
    level.value ->> 'allocated',
    level.value ->> 'held',
    level.value ->> 'backorder_limit',
    level.value ->> 'shortfall',
    level.value ->> 'version',
    level.value ->> 'created_at',
    level.value ->> 'updated_at'
FROM jsonb_array_elements($1::jsonb) AS level
WHERE true
ON CONFLICT (sku, location_id) DO UPDATE SET
    on_hand = excluded.on_hand,
    allocated = excluded.allocated,
    held = excluded.held,
    backorder_limit = excluded.backorder_limit,
    shortfall = excluded.shortfall,
    version = excluded.version,
    updated_at = excluded.updated_at
