INSERT INTO stoa_peer (name, incarnation, position)
SELECT peer.name, peer.incarnation, peer.position
FROM jsonb_to_recordset($1::jsonb) AS peer (name text, incarnation uuid, position bigint)
ORDER BY peer.name
ON CONFLICT (name) DO UPDATE SET incarnation = excluded.incarnation, position = excluded.position
