-- Adds price books. $1: [{id, currency, created_at}].
INSERT INTO pricing_book (id, currency, created_at)
SELECT x.id, x.currency, x.created_at
FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, currency text, created_at bigint)
