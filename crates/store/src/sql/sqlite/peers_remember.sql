INSERT INTO stoa_peer (name, incarnation, position)
SELECT peer.value ->> 'name', unhex(peer.value ->> 'incarnation'), peer.value ->> 'position'
FROM json_each(?1) AS peer
WHERE true
ON CONFLICT (name) DO UPDATE SET incarnation = excluded.incarnation, position = excluded.position
