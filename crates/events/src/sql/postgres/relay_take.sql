-- The file belongs to this process alone, so whoever held the partition before is gone.
UPDATE event_relay
SET holder = ($1::jsonb ->> 'holder')::uuid, fence = fence + 1
WHERE part = 0
RETURNING fence, published
