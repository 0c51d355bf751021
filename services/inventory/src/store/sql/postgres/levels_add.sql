-- $1: the levels at places where nothing was booked before, each once. Who has booked there meanwhile comes first, and this
-- batch decides anew; sorted, so that two batches wait for one another in one order alone.
INSERT INTO inventory_level (
    sku, location_id, on_hand, allocated, held, backorder_limit, shortfall, version, created_at, updated_at
)
SELECT
    level.sku, level.location_id, level.on_hand, level.allocated, level.held, level.backorder_limit, level.shortfall,
    level.version, level.created_at, level.updated_at
FROM jsonb_to_recordset($1::jsonb) AS level (
    sku text, location_id uuid, on_hand bigint, allocated bigint, held bigint, backorder_limit bigint, shortfall bigint,
    version bigint, created_at bigint, updated_at bigint
)
ORDER BY level.sku, level.location_id
