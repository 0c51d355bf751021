INSERT INTO webhook (one, url, secret)
VALUES (1, ?1 ->> 'url', ?1 ->> 'secret')
ON CONFLICT (one) DO UPDATE SET url = excluded.url, secret = excluded.secret
