-- Adds price books. ?1: [{id (hex), currency, created_at}].
INSERT INTO pricing_book (id, currency, created_at)
SELECT unhex(value ->> 'id'), value ->> 'currency', value ->> 'created_at'
FROM json_each(?1)
