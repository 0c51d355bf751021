-- The fence makes the relay that runs read its position anew.
UPDATE event_relay
SET published = greatest(0, least(published, ($1::jsonb ->> 'after')::bigint)), fence = fence + 1
WHERE part = 0
