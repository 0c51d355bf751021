-- Writes products as they stand now: new ones, and those that are locked. A slug that another one took meanwhile is a unique
-- violation. $1: [{id, slug, title, description, state, in_stock, version, created_at, updated_at}].
INSERT INTO catalog_product (id, slug, title, description, state, in_stock, version, created_at, updated_at)
SELECT x.id, x.slug, x.title, x.description, x.state, x.in_stock, x.version, x.created_at, x.updated_at
FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, slug text, title text, description text, state text, in_stock boolean,
                                        version bigint, created_at bigint, updated_at bigint)
ORDER BY x.slug
ON CONFLICT (id) DO UPDATE SET
  slug = excluded.slug, title = excluded.title, description = excluded.description, state = excluded.state,
  in_stock = excluded.in_stock, version = excluded.version, updated_at = excluded.updated_at
