-- Those who change products and those who note stock keep out of each other's way: see gate_merchants. Stock has it alone.
SELECT pg_advisory_xact_lock(hashtext('catalog.stock'))
