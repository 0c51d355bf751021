-- What living holds keep and promise, place by place.
SELECT
    held.sku, held.location_id,
    sum(CASE WHEN hold.state = 'HELD' THEN held.quantity ELSE 0 END)::bigint AS held,
    sum(CASE WHEN hold.state = 'ALLOCATED' THEN held.quantity ELSE 0 END)::bigint AS allocated
FROM inventory_hold AS hold
JOIN inventory_hold_line AS held ON held.hold_id = hold.hold_id
WHERE hold.state IN ('HELD', 'ALLOCATED')
GROUP BY held.sku, held.location_id
