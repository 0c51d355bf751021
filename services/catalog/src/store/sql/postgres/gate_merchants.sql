-- Those who change products and those who note stock keep out of each other's way: a product that is being made does not
-- miss a level that arrives meanwhile, and the other way round. Merchants share the gate.
SELECT pg_advisory_xact_lock_shared(hashtext('catalog.stock'))
