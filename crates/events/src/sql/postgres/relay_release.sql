-- The next one need not wait for the lease to lapse.
UPDATE event_relay
SET holder = NULL
WHERE part = 0 AND holder = ($1::jsonb ->> 'holder')::uuid
