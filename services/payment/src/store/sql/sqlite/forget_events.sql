DELETE FROM provider_event WHERE seen_at < ?1 ->> 'before'
