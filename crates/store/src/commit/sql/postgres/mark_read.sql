-- No row as long as the server has not ended the transaction, or has forgotten it.
SELECT ended.state = 'committed' AS stands
FROM pg_xact_status(($1::jsonb ->> 'mark')::xid8) AS ended (state)
WHERE ended.state IN ('committed', 'aborted')
