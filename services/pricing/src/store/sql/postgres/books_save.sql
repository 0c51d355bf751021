-- Adds price books. $1: [{id (hex), currency, created_at}].
INSERT INTO pricing_book (id, currency, created_at)
SELECT (value ->> 'id')::uuid, value ->> 'currency', value ->> 'created_at'
FROM jsonb_array_elements($1::jsonb)
