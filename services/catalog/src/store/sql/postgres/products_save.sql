-- Writes products as they stand now. $1: [{id (hex), slug, title, description, state, in_stock, version, created_at, updated_at}].
INSERT INTO catalog_product (id, slug, title, description, state, in_stock, version, created_at, updated_at)
SELECT (value ->> 'id')::uuid, value ->> 'slug', value ->> 'title', value ->> 'description', value ->> 'state',
       value ->> 'in_stock', value ->> 'version', value ->> 'created_at', value ->> 'updated_at'
FROM jsonb_array_elements($1::jsonb)
WHERE true
ON CONFLICT (id) DO UPDATE SET
  slug = excluded.slug, title = excluded.title, description = excluded.description, state = excluded.state,
  in_stock = excluded.in_stock, version = excluded.version, updated_at = excluded.updated_at
